//! What a format cannot hold, and which formats can.

use crate::FileFormat;

/// The limit of a format that a file goes beyond.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// A sentence that names the format and the limit.
    pub sentence: String,
    /// The formats that hold more.
    pub beyond: &'static [FileFormat],
}

impl Limit {
    /// The limit, and which of the formats offered hold more.
    pub fn describe(&self, offered: &[FileFormat]) -> String {
        let beyond = self.beyond.iter().filter(|format| offered.contains(format));
        let beyond: Vec<_> = beyond.map(|format| format.name()).collect();
        let sentence = &self.sentence;
        match beyond.as_slice() {
            [] => sentence.clone(),
            [one] => format!("{sentence} {one} holds more."),
            [others @ .., last] => format!("{sentence} {} and {last} hold more.", others.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_formats_that_can_be_had_are_named() {
        let described = |beyond, offered: &[FileFormat]| {
            let sentence = "A PDF holds one page.".to_owned();
            Limit { sentence, beyond }.describe(offered)
        };
        let without_json = &[FileFormat::Xlsx, FileFormat::Csv, FileFormat::Pdf];
        let beyond: &[_] = &[FileFormat::Xlsx, FileFormat::Csv, FileFormat::Json];
        assert_eq!(
            described(beyond, without_json),
            "A PDF holds one page. XLSX and CSV hold more."
        );
        assert_eq!(
            described(beyond, FileFormat::ALL),
            "A PDF holds one page. XLSX, CSV and JSON hold more."
        );
        assert_eq!(
            described(&[FileFormat::Csv, FileFormat::Json], without_json),
            "A PDF holds one page. CSV holds more."
        );
        assert_eq!(described(&[FileFormat::Json], without_json), "A PDF holds one page.");
    }
}
