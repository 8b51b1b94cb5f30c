//! Words of commands that are suggested.

use std::path::Path;

/// A path as a shell takes it.
pub(super) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+@:,%".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::quoted;

    #[test]
    fn a_path_is_one_word_of_a_shell() {
        for (path, word) in [
            ("models/m-1.hallmark", "models/m-1.hallmark"),
            ("my model.onnx", "'my model.onnx'"),
            ("it's", "'it'\\''s'"),
            ("a;rm", "'a;rm'"),
        ] {
            assert_eq!(quoted(Path::new(path)), word);
        }
    }
}
