//! Helpers for pages that are opened from a file. Such a page has no script and loads nothing, and text stays text.

/// The content policy of a page: a browser loads nothing but the page's own style. So even a mistake below would run no script.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// Text as it is shown by a browser, within an element or an attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn markup_is_text() {
        assert_eq!(escape("<script a='b' c=\"&\">é"), "&lt;script a=&#39;b&#39; c=&quot;&amp;&quot;&gt;é");
    }
}
