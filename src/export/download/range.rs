//! Range requests, as far as files need them: one range of bytes (RFC 9110, 14).

use std::ops::Range;

/// What part of a file is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Whole,
    /// Half open, not empty, within the file.
    Bytes(Range<usize>),
    /// None of the bytes asked for exist.
    Unsatisfiable,
}

impl Part {
    /// Reads the `Range` header of a file of `size` bytes. What is malformed, in another unit, or asks for several
    /// ranges is answered by the whole file, as the standard allows.
    pub fn of(header: &str, size: usize) -> Self {
        let Some((unit, range)) = header.split_once('=') else {
            return Self::Whole;
        };
        if !unit.trim().eq_ignore_ascii_case("bytes") || range.contains(',') {
            return Self::Whole;
        }
        let Some((first, last)) = range.trim().split_once('-') else {
            return Self::Whole;
        };
        match (number(first), number(last)) {
            (Number::Some(first), Number::None) => Self::between(first, size, size),
            (Number::Some(first), Number::Some(last)) if first <= last => {
                Self::between(first, last.saturating_add(1), size)
            }
            (Number::None, Number::Some(length)) => Self::between(size.saturating_sub(length), size, size),
            _ => Self::Whole,
        }
    }

    fn between(start: usize, end: usize, size: usize) -> Self {
        let end = end.min(size);
        if start < end {
            Self::Bytes(start..end)
        } else {
            Self::Unsatisfiable
        }
    }
}

enum Number {
    None,
    Some(usize),
    Malformed,
}

fn number(text: &str) -> Number {
    if text.is_empty() {
        return Number::None;
    }
    if !text.bytes().all(|digit| digit.is_ascii_digit()) {
        return Number::Malformed;
    }
    // Too large for a number is beyond every file's end.
    Number::Some(text.parse().unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("bytes=0-", Part::Bytes(0..10))]
    #[case("bytes=0-0", Part::Bytes(0..1))]
    #[case("bytes=2-5", Part::Bytes(2..6))]
    #[case("Bytes=9-99999999999999999999999", Part::Bytes(9..10))]
    #[case("bytes=-3", Part::Bytes(7..10))]
    #[case("bytes=-30", Part::Bytes(0..10))]
    #[case("bytes=10-", Part::Unsatisfiable)]
    #[case("bytes=99999999999999999999999-", Part::Unsatisfiable)]
    #[case("bytes=-0", Part::Unsatisfiable)]
    #[case("bytes=5-2", Part::Whole)]
    #[case("bytes=0-1,4-5", Part::Whole)]
    #[case("bytes=-", Part::Whole)]
    #[case("bytes=+1-2", Part::Whole)]
    #[case("rows=0-1", Part::Whole)]
    #[case("0-1", Part::Whole)]
    fn a_range_of_ten_bytes(#[case] header: &str, #[case] part: Part) {
        assert_eq!(Part::of(header, 10), part);
    }

    #[test]
    fn an_empty_file_has_no_range() {
        assert_eq!(Part::of("bytes=0-", 0), Part::Unsatisfiable);
        assert_eq!(Part::of("bytes=-1", 0), Part::Unsatisfiable);
    }

    proptest! {
        #[test]
        fn a_range_lies_within_the_file(header in "bytes=[0-9]{0,4}-[0-9]{0,4}", size in 0_usize..2000) {
            if let Part::Bytes(range) = Part::of(&header, size) {
                prop_assert!(range.start < range.end && range.end <= size);
            }
        }
    }
}
