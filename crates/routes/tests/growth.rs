//! A path is matched in time that grows with it.

use std::hint::black_box;

use growth::assert_linear;
use sio_routes::Template;

#[test]
fn paths_are_read_and_matched_in_time_that_grows_with_them() {
    assert_linear("a path", |text| {
        black_box(sio_routes::decoded(text));
        black_box(sio_routes::without_dots(&format!("/{text}")));
    });
    for template in [
        "{a}-{b}.{c?}",
        "{a}-{b}-{c}-{d}/{*rest}",
        "{a:int}/{b:guid}",
        "{a:datetime}",
        "{a:decimal}",
        "{a:double}",
        "{a:file}",
        "{a:regex(^(a|-)+b$)}",
        "{a:length(1,9)}",
        "a/{*rest:file}",
    ] {
        let template = Template::parse(template).unwrap();
        assert_linear(&template.shape(), |text| {
            black_box(template.matches(text));
            black_box(template.matches(&format!("a/{text}")));
        });
    }
}
