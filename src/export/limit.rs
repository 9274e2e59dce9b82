//! What a format cannot hold, and which formats can.

use super::names::FileFormat;

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
    pub(super) fn told(&self, offered: &[FileFormat]) -> String {
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
    use entity::enums::{CustomOutputFormat, ExportFormat};

    use super::*;

    #[test]
    fn only_formats_that_can_be_had_are_named() {
        let told = |beyond, offered: &[FileFormat]| {
            let sentence = "A PDF holds one page.".to_owned();
            Limit { sentence, beyond }.told(offered)
        };
        let of_exports = FileFormat::offered::<ExportFormat>();
        let of_custom_reports = FileFormat::offered::<CustomOutputFormat>();
        let beyond: &[_] = &[FileFormat::Xlsx, FileFormat::Csv, FileFormat::Json];
        assert_eq!(
            told(beyond, &of_exports),
            "A PDF holds one page. XLSX and CSV hold more."
        );
        assert_eq!(
            told(beyond, &of_custom_reports),
            "A PDF holds one page. XLSX, CSV and JSON hold more."
        );
        assert_eq!(
            told(&[FileFormat::Csv, FileFormat::Json], &of_exports),
            "A PDF holds one page. CSV holds more."
        );
        assert_eq!(told(&[FileFormat::Json], &of_exports), "A PDF holds one page.");
    }
}
