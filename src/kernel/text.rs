//! Texts that people type or import.

/// Whether a text has no control characters but tabs and line breaks (`text_without_control_characters`); as
/// `app.is_typed_text` in the database.
pub fn is_typed_text(text: &str) -> bool {
    !text.contains(|character: char| character.is_control() && !['\t', '\n', '\r'].contains(&character))
}
