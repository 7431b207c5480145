//! Numbers as .NET holds and prints them.

use std::fmt;

/// A number of a JSON document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Number {
    /// An integer of 64 bits.
    Integer(i64),
    /// A longer one, as it was written.
    Long(String),
    /// Written with a fraction or an exponent; also `NaN` and the infinities.
    Float(f64),
}

impl Number {
    /// Reads a number of a JSON text.
    pub(super) fn read(text: &str) -> Self {
        if text.contains(['.', 'e', 'E']) {
            // What is too large for .NET's double is infinite there, as here.
            return Self::Float(text.parse().unwrap_or(f64::NAN));
        }
        match text.parse() {
            Ok(integer) => Self::Integer(integer),
            Err(_) => Self::Long(text.to_owned()),
        }
    }

    pub(crate) fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Integer(integer) => Some(*integer),
            _ => None,
        }
    }

    pub(crate) fn as_f64(&self) -> Option<f64> {
        match self {
            #[expect(
                clippy::cast_precision_loss,
                reason = "the nearest number is what is asked for"
            )]
            Self::Integer(integer) => Some(*integer as f64),
            Self::Long(text) => text.parse().ok(),
            Self::Float(float) => Some(*float),
        }
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

impl From<u8> for Number {
    fn from(integer: u8) -> Self {
        Self::Integer(integer.into())
    }
}

impl From<u32> for Number {
    fn from(integer: u32) -> Self {
        Self::Integer(integer.into())
    }
}

/// The number alone: `12.50` is `12.5` and `1.0` is `1`.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(integer) => write!(f, "{integer}"),
            Self::Long(text) => f.write_str(text),
            Self::Float(float) => f.write_str(&shortest(*float)),
        }
    }
}

/// A number of double precision as it stands in a document: it always shows that it isn't an integer.
pub(super) fn in_document(float: f64) -> String {
    let text = shortest(float);
    match text.contains(['.', 'E']) {
        true => text,
        false => text + ".0",
    }
}

/// The fewest digits that tell the number from its neighbours, with an exponent from 1E+15 on and below 0.0001.
fn shortest(float: f64) -> String {
    if !float.is_finite() {
        return match float {
            f64::INFINITY => "Infinity".to_owned(),
            f64::NEG_INFINITY => "-Infinity".to_owned(),
            _ => "NaN".to_owned(),
        };
    }
    let text = format!("{float:e}");
    // Rust always writes the exponent.
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..15).contains(&exponent) {
        return float.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}E{sign}{:02}", exponent.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_as_in_dotnet() {
        for (written, alone, inside) in [
            ("12.50", "12.5", "12.5"),
            ("1.0", "1", "1.0"),
            ("1e2", "100", "100.0"),
            ("1e21", "1E+21", "1E+21"),
            ("1e15", "1E+15", "1E+15"),
            ("123456789012345.0", "123456789012345", "123456789012345.0"),
            ("0.0001", "0.0001", "0.0001"),
            ("0.00001", "1E-05", "1E-05"),
            ("1.5e-7", "1.5E-07", "1.5E-07"),
            ("-0.0", "-0", "-0.0"),
        ] {
            let Number::Float(float) = Number::read(written) else {
                panic!("{written}");
            };
            assert_eq!(Number::Float(float).to_string(), alone);
            assert_eq!(in_document(float), inside);
        }
        for (written, printed) in [
            ("-0", "0"),
            ("12345678901234567890", "12345678901234567890"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("1e400", "Infinity"),
        ] {
            assert_eq!(Number::read(written).to_string(), printed);
        }
    }
}
