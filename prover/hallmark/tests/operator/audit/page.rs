//! The page of a report.

use super::URI;

/// Whether a page is well formed, loads nothing, and has text from the chain as text.
pub(super) fn check(page: &str) {
    assert_eq!(unclosed(page), Ok(Vec::new()));
    assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
    let escaped = URI.replace('<', "&lt;").replace('>', "&gt;");
    assert!(page.contains(&escaped) && page.contains("&lt;b&gt;Digits"), "{page}");
    assert_eq!(page.matches("<svg").count(), 3);
    // A reader sees first what it is worth: under a setup for tests it is not green.
    let first = page.split_once("<body>").unwrap().1.trim_start();
    assert!(first.starts_with("<p class=\"headline amber\">FOR TESTS ONLY, WORTH NOTHING"), "{first}");
    assert!(page.contains(" UTC") && page.contains("SHA-256"), "{page}");
    // What has to be weighed is before all that passes, and what fails would be too.
    let (before, _) = page.split_once("<h2>verifier</h2>").unwrap();
    assert!(before.contains("<h2>What has to be weighed</h2>") && before.contains("setup purpose"), "{before}");
    assert!(!page.contains("What fails"), "{page}");
    for elsewhere in ["src=", "href=", "url(", "@import"] {
        assert!(!page.contains(elsewhere), "{elsewhere}");
    }
}

/// The elements that are open at the end, or the one that is closed wrongly.
fn unclosed(page: &str) -> Result<Vec<&str>, &str> {
    let mut open = Vec::new();
    for piece in page.split('<').skip(1) {
        let (tag, rest) = piece.split_once('>').ok_or(piece)?;
        // Text has no such character.
        if rest.contains('>') || tag.matches('"').count() % 2 == 1 {
            return Err(piece);
        }
        match (tag.strip_prefix('/'), tag) {
            (Some(name), _) if open.pop() != Some(name) => return Err(tag),
            (Some(_), _) => {}
            (None, tag) if tag.starts_with('!') || tag.ends_with('/') => {}
            (None, tag) => open.push(tag.split_whitespace().next().ok_or(piece)?),
        }
    }
    Ok(open)
}

#[test]
fn pages_that_are_not_well_formed_are_found() {
    assert_eq!(unclosed("<!DOCTYPE html><p><br/>x</p>"), Ok(vec![]));
    assert_eq!(unclosed("<p><b>x</b>"), Ok(vec!["p"]));
    for page in ["<p>x</b>", "<p", "<p>a > b</p>", "<p class=\"x></p>"] {
        assert!(unclosed(page).is_err(), "{page}");
    }
}
