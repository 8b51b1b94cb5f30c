//! Changes of a source's text that keep its lines, and where each of them is in the result.

use std::{cmp::Reverse, ops::Range};

use crate::mutant::Mutant;

/// A place that can be changed, in one or several ways.
#[derive(Clone, Debug)]
pub struct Site {
    /// The ways.
    pub mutants: Vec<Mutant>,
    /// What is written for all of them.
    pub edits: Vec<Edit>,
}

/// Text that is put in, at the place of what is taken out.
#[derive(Clone, Debug)]
pub struct Edit {
    /// What is taken out, in bytes of the source; empty where nothing is.
    pub place: Range<usize>,
    /// Whether it belongs to what stands before it, as a closing parenthesis does.
    pub closes: bool,
    /// What is put in.
    pub pieces: Vec<Piece>,
}

/// A part of a text.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Text for the whole site.
    Fixed(String),
    /// Text for one mutant, by its place in the site. `$` stands for the question whether it is on.
    Of(usize, String),
}

/// A source with its mutants in it.
#[derive(Debug, Default)]
pub struct Rewritten {
    /// The text.
    pub text: String,
    /// Each site's extent in the text.
    pub sites: Vec<(usize, Range<usize>)>,
    /// Each mutant's part of the text: the site's number, and the mutant's in the site.
    pub mutants: Vec<(usize, usize, Range<usize>)>,
}

/// Puts the mutants that have a number into a source. `number` takes a site and a mutant's place in it; `on` makes code of a
/// number.
pub fn rewrite(
    source: &str,
    sites: &[Site],
    number: impl Fn(usize, usize) -> Option<u32>,
    on: impl Fn(u32) -> String,
) -> Rewritten {
    let mut edits: Vec<(usize, &Edit)> = Vec::new();
    for (index, site) in sites.iter().enumerate() {
        if (0..site.mutants.len()).any(|mutant| number(index, mutant).is_some()) {
            edits.extend(site.edits.iter().map(|edit| (index, edit)));
        }
    }
    // Outer sites come first in the list: their text is the outer one on both sides.
    edits.sort_by_key(|(index, edit)| {
        let Range { start, .. } = edit.place;
        if edit.closes { (start, 0, Reverse(*index), 0) } else { (start, 1, Reverse(0), *index) }
    });
    let mut out = Rewritten::default();
    let (mut copied, mut open) = (0, vec![None; sites.len()]);
    for (index, edit) in edits {
        out.text.push_str(&source[copied..edit.place.start]);
        copied = edit.place.end;
        open[index].get_or_insert(out.text.len());
        for part in &edit.pieces {
            match part {
                Piece::Fixed(text) => out.text.push_str(text),
                Piece::Of(mutant, text) => {
                    let Some(id) = number(index, *mutant) else { continue };
                    let start = out.text.len();
                    out.text.push_str(&text.replace('$', &on(id)));
                    out.mutants.push((index, *mutant, start..out.text.len()));
                }
            }
        }
        let start = open[index].unwrap_or_default();
        out.sites.retain(|(site, _)| *site != index);
        out.sites.push((index, start..out.text.len()));
    }
    out.text.push_str(&source[copied..]);
    out
}
