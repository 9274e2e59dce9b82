//! What the renderer calls the formats and languages that columns hold.

use entity::enums::{CustomOutputFormat, ExportFormat, Language};
use render::{FileFormat, Locale};
use sea_orm::Iterable;

/// The formats in which something can be had. Each value is spelled as the extension of its files, so that a value more
/// needs nothing but its writer.
pub trait OutputFormat: Iterable {
    fn extension(self) -> &'static str;

    fn file_format(self) -> FileFormat {
        FileFormat::from_extension(self.extension()).expect("a test looks for each value's writer")
    }

    /// All of them.
    fn list_offered() -> Vec<FileFormat> {
        Self::iter().map(Self::file_format).collect()
    }
}

impl OutputFormat for ExportFormat {
    fn extension(self) -> &'static str {
        self.as_str()
    }
}

impl OutputFormat for CustomOutputFormat {
    fn extension(self) -> &'static str {
        self.as_str()
    }
}

/// How a file of this language is written.
pub fn locale(language: Language) -> Locale {
    match language {
        Language::Nb => Locale::Nb,
        Language::En => Locale::En,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_that_can_be_had_has_a_writer() {
        for format in ExportFormat::iter() {
            assert_eq!(format.file_format().extension(), format.as_str());
        }
        for format in CustomOutputFormat::iter() {
            assert_eq!(format.file_format().extension(), format.as_str());
        }
    }
}
