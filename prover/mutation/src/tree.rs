//! The copy of the workspace that has the mutants in it.

use std::{
    collections::BTreeSet,
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
    process::Command,
};

use sha2::{Digest, Sha256};

use crate::{
    edit::{Rewritten, Site, rewrite},
    find::find,
    mutant::Mutant,
};

/// What is mutated: the statement and the verifier, and where setups come from.
const SCOPE: [&str; 2] = ["circuits/src/", "prover/proving/src/srs/"];
/// Where the question whether a mutant is on is answered.
const SWITCH: (&str, &str) = ("circuits/src/mutants.rs", include_str!("switch.rs"));
/// The crate's front page, which declares it.
const FRONT: &str = "circuits/src/lib.rs";
/// Manifests that get a crate's unit tests as a target with a name, since `cargo test --workspace --lib` builds those of all crates.
const UNITS: [(&str, &str); 2] =
    [("circuits/Cargo.toml", "circuits_units"), ("prover/proving/Cargo.toml", "proving_units")];

/// Files in which the copy's packages get a version of their own. In one target folder, cargo tells packages of two workspaces
/// apart by names and versions alone: a later build of the workspace would take what was built of the copy.
const VERSIONED: [&str; 2] = ["Cargo.toml", "Cargo.lock"];

/// A source with what could be wrong in it.
pub struct Source {
    /// The path from the repository's root.
    pub file: String,
    /// The text.
    pub text: String,
    /// Where it can be changed.
    pub sites: Vec<Site>,
}

/// A mutant's place among the sources.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The source.
    pub source: usize,
    /// The site in it.
    pub site: usize,
    /// The mutant of the site.
    pub mutant: usize,
}

/// All sources, and where their copy is.
pub struct Tree {
    root: PathBuf,
    /// The copy.
    pub copy: PathBuf,
    /// What is mutated.
    pub sources: Vec<Source>,
    /// Every mutant's place. The number of a mutant is its index here.
    pub places: Vec<Place>,
    others: Vec<String>,
}

/// The first 16 digits of a hash.
pub fn hash(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn files(root: &Path) -> io::Result<Vec<String>> {
    let arguments = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let listed = Command::new("git").args(arguments).current_dir(root).output()?;
    let names: BTreeSet<String> = String::from_utf8_lossy(&listed.stdout).lines().map(str::to_owned).collect();
    Ok(names.into_iter().filter(|name| root.join(name).is_file()).collect())
}

/// Writes a file where it is not what it should be: cargo builds again what was written.
fn update(path: &Path, content: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, content)
}

/// A workspace's manifest, or the list of all packages, with another version of the workspace's packages. What comes from
/// elsewhere has a source.
fn with_own_version(text: &str) -> String {
    let rename = |block: &str| {
        let is_own = block.contains("[workspace.package]")
            || (block.starts_with("[[package]]") && !block.contains("\nsource = "));
        let line = block.lines().find(|line| is_own && line.starts_with("version = \""));
        line.map_or_else(
            || block.to_owned(),
            |line| block.replacen(line, &format!("{}-mutants\"", &line[..line.len() - 1]), 1),
        )
    };
    text.split("\n\n").map(rename).collect::<Vec<_>>().join("\n\n")
}

impl Tree {
    /// Reads the sources of a repository, whose copy will be at `copy`.
    ///
    /// # Errors
    /// If one can't be read, or is no Rust.
    pub fn read(root: &Path, copy: PathBuf) -> io::Result<Self> {
        let (mut sources, mut others, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for file in files(root)? {
            let mutated = SCOPE.iter().any(|folder| file.starts_with(folder));
            if !mutated || !file.ends_with(".rs") || file.ends_with("/tests.rs") {
                others.push(file);
                continue;
            }
            let text = fs::read_to_string(root.join(&file))?;
            let sites = find(&file, &text).map_err(|error| io::Error::other(format!("{file}: {error}")))?;
            let source = sources.len();
            for (site, found) in sites.iter().enumerate() {
                places.extend((0..found.mutants.len()).map(|mutant| Place { source, site, mutant }));
            }
            sources.push(Source { file, text, sites });
        }
        Ok(Self { root: root.to_owned(), copy, sources, places, others })
    }

    /// The mutant with a number.
    pub fn mutant(&self, number: usize) -> &Mutant {
        let Place { source, site, mutant } = self.places[number];
        &self.sources[source].sites[site].mutants[mutant]
    }

    /// Its name.
    pub fn name(&self, number: usize) -> String {
        self.mutant(number).to_string()
    }

    /// The hash of a mutant's source.
    pub fn source_hash(&self, number: usize) -> String {
        hash(&[self.sources[self.places[number].source].text.as_bytes()])
    }

    /// The hash of all Rust in the repository but for this program.
    ///
    /// # Errors
    /// If a file can't be read.
    pub fn hash(&self) -> io::Result<String> {
        let mut all: Vec<Vec<u8>> = self.sources.iter().map(|source| source.text.clone().into_bytes()).collect();
        let is_code = |file: &&String| file.ends_with(".rs") || file.ends_with("Cargo.toml");
        for file in self.others.iter().filter(is_code).filter(|file| !file.starts_with("prover/mutation/")) {
            all.push(fs::read(self.root.join(file))?);
        }
        Ok(hash(&all.iter().map(Vec::as_slice).collect::<Vec<_>>()))
    }

    /// Writes the copy without the mutants in `left_out`, and returns what became of each source.
    ///
    /// # Errors
    /// If a file can't be read or written.
    pub fn write(&self, left_out: &BTreeSet<usize>) -> io::Result<Vec<Rewritten>> {
        for file in &self.others {
            let mut content = fs::read(self.root.join(file))?;
            if let Some((_, name)) = UNITS.iter().find(|(manifest, _)| manifest == file) {
                content.extend(format!("\n[[test]]\nname = \"{name}\"\npath = \"src/lib.rs\"\n").as_bytes());
            }
            if VERSIONED.contains(&file.as_str()) {
                content = with_own_version(&String::from_utf8_lossy(&content)).into_bytes();
            }
            update(&self.copy.join(file), &content)?;
        }
        update(&self.copy.join(SWITCH.0), SWITCH.1.as_bytes())?;
        let mut first = 0;
        let mut written = Vec::new();
        for source in &self.sources {
            let mut starts = Vec::new();
            for site in &source.sites {
                starts.push(first);
                first += site.mutants.len();
            }
            let number = |site: usize, mutant: usize| {
                let number = starts[site] + mutant;
                (!left_out.contains(&number)).then(|| u32::try_from(number).unwrap_or(u32::MAX))
            };
            let owner = if source.file.starts_with("circuits/") { "crate" } else { "hallmark_circuits" };
            let on = |number: u32| format!("{owner}::mutants::on({number})");
            let mut rewritten = rewrite(&source.text, &source.sites, number, on);
            if source.file == FRONT {
                rewritten.text.push_str("\n#[doc(hidden)]\npub mod mutants;\n");
            }
            update(&self.copy.join(&source.file), rewritten.text.as_bytes())?;
            written.push(rewritten);
        }
        Ok(written)
    }

    /// The numbers of the mutants to leave out for an error of the compiler at a place of a source's copy: the one that is
    /// there, or else all of the innermost site, or else of all sites in its line.
    pub fn blamed(&self, file: &str, written: &[Rewritten], at: &Range<usize>) -> Vec<usize> {
        let Some(source) = self.sources.iter().position(|source| source.file == file) else { return Vec::new() };
        let Some(rewritten) = written.get(source) else { return Vec::new() };
        let within = |place: &Range<usize>| place.start <= at.start && at.end <= place.end;
        let number = |site: usize, mutant: usize| self.places.binary_search(&Place { source, site, mutant }).ok();
        let all =
            |site: usize| (0..self.sources[source].sites[site].mutants.len()).filter_map(move |m| number(site, m));
        let exact = rewritten.mutants.iter().filter(|(.., place)| within(place)).min_by_key(|(.., place)| place.len());
        if let Some((site, mutant, _)) = exact {
            return number(*site, *mutant).into_iter().collect();
        }
        let innermost = rewritten.sites.iter().filter(|(_, place)| within(place)).min_by_key(|(_, place)| place.len());
        if let Some((site, _)) = innermost {
            return all(*site).collect();
        }
        let start = rewritten.text[..at.start].rfind('\n').map_or(0, |newline| newline + 1);
        let end = rewritten.text[at.end..].find('\n').map_or(rewritten.text.len(), |newline| at.end + newline);
        let in_line = rewritten.sites.iter().filter(|(_, place)| start <= place.start && place.start <= end);
        in_line.flat_map(|(site, _)| all(*site)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::with_own_version;

    #[test]
    fn the_workspace_s_packages_alone_get_another_version() {
        let manifest =
            "[workspace]\n\n[workspace.package]\nversion = \"1.2.3\"\n\n[workspace.dependencies]\nversion = \"4\"\n";
        assert_eq!(with_own_version(manifest), manifest.replace("1.2.3", "1.2.3-mutants"));
        let own = "[[package]]\nname = \"a\"\nversion = \"1.2.3\"\n\n";
        let other = "[[package]]\nname = \"b\"\nversion = \"1.2.3\"\nsource = \"registry\"\n";
        let expected = [&own.replace("1.2.3", "1.2.3-mutants"), other].concat();
        assert_eq!(with_own_version(&[own, other].concat()), expected);
    }
}
