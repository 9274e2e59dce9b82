//! The formats of files.

macro_rules! formats {
    ($($(#[$about:meta])* $variant:ident: $name:literal, $extension:literal, $media_type:literal;)+) => {
        /// What a file is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum FileFormat {
            $($(#[$about])* $variant,)+
        }

        impl FileFormat {
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// What people call it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The extension of the format's files, without the dot.
            pub const fn extension(self) -> &'static str {
                match self { $(Self::$variant => $extension,)+ }
            }

            /// The media type of the format's files.
            pub const fn media_type(self) -> &'static str {
                match self { $(Self::$variant => $media_type,)+ }
            }
        }
    };
}

formats! {
    /// A workbook with a sheet per table.
    Xlsx: "XLSX", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    /// One table, one line per row.
    Csv: "CSV", "csv", "text/csv; charset=utf-8";
    /// A tagged PDF/A-2a document.
    Pdf: "PDF", "pdf", "application/pdf";
    /// One object that holds one table.
    Json: "JSON", "json", "application/json";
}

impl FileFormat {
    /// The format whose files have this extension.
    pub fn from_extension(extension: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.extension() == extension)
    }

    /// Whether a file of this format has no place for a second table.
    pub const fn holds_one_table(self) -> bool {
        matches!(self, Self::Csv | Self::Json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_found_by_its_extension() {
        for format in FileFormat::ALL {
            assert_eq!(FileFormat::from_extension(format.extension()), Some(*format));
        }
        assert_eq!(FileFormat::from_extension("XLSX"), None);
    }
}
