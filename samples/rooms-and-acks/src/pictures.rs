//! Showing pictures: bytes in, bytes out.

use socketio_functions::prelude::*;

use crate::contract::{Picture, Refused, Room, Show, Shown};

/// The largest picture, in bytes. The service takes a megabyte a message, and bytes grow by a third on their way through
/// the webhook and back, where they are base64.
const LARGEST: usize = 256 * 1024;

/// The longest caption, in characters.
const LONGEST: usize = 80;

/// socket.emit("show", room, caption, image, (...answer) => …)
///
/// The callback gets the format and the size, or one `Refused`.
pub(crate) async fn show(
    socket: Socket,
    from: UserId,
    Data((room, caption, image)): Data<(Room, String, Bytes)>,
) -> Result<Ack<(String, u32)>, Refusal> {
    if caption.chars().count() > LONGEST {
        return Err(refused("This caption is too long."));
    }
    if image.len() > LARGEST {
        return Err(refused("This picture is too large; 256 kB are the most."));
    }
    let Some(format) = format(&image) else {
        return Err(refused("This is not a PNG, JPEG or WebP picture."));
    };
    let size = u32::try_from(image.len()).unwrap_or(u32::MAX);
    let picture = Picture {
        room,
        from,
        caption,
        image,
    };
    socket.to(room.name()).send::<Shown>(picture);
    Ok(Ack((format.to_owned(), size)))
}

fn refused(reason: &'static str) -> Refusal {
    Refusal::of::<Show>(Refused { reason })
}

/// The picture's format, by its first bytes. What a page calls its file proves nothing.
fn format(image: &[u8]) -> Option<&'static str> {
    match image {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("PNG"),
        [0xff, 0xd8, 0xff, ..] => Some("JPEG"),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some("WebP"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_known_by_its_first_bytes() {
        assert_eq!(format(b"\x89PNG\r\n\x1a\n..."), Some("PNG"));
        assert_eq!(format(b"\xff\xd8\xff\xe0"), Some("JPEG"));
        assert_eq!(format(b"RIFF\0\0\0\0WEBPVP8 "), Some("WebP"));
        for wrong in [&b""[..], b"\x89PNG", b"RIFF\0\0\0\0WAVE", b"<svg>"] {
            assert_eq!(format(wrong), None, "{wrong:?}");
        }
    }
}
