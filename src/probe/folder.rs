//! A folder of small files that somebody else writes: each is read anew only when
//! it changed, and one that cannot be read keeps its last word.
//!
//! Looking costs little while nothing changes.

use super::file::{FileSystem, Stamp};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// More files are not looked at.
const MAX_FILES: usize = 1024;

/// What the files of a folder meant when they were last read.
#[derive(Debug)]
pub(super) struct Folder<T> {
    path: PathBuf,
    listed: Listed,
    known: BTreeMap<PathBuf, Known<T>>,
}

/// What is in the folder, by the last list.
#[derive(Debug, Default)]
struct Listed {
    stamp: Stamp,
    /// Lists taken in a row under this stamp. Its clock ticks slowly: what came in
    /// the same tick as the first list is in the second.
    count: usize,
    paths: Vec<PathBuf>,
}

#[derive(Debug)]
struct Known<T> {
    /// `None`: it is to be read in any case.
    stamp: Option<Stamp>,
    value: Option<T>,
}

/// A file to be parsed.
#[derive(Debug)]
pub(super) struct Content<'a> {
    /// Its name within the folder.
    pub(super) name: &'a str,
    pub(super) bytes: &'a [u8],
    /// When it was written, in seconds since 1970.
    pub(super) modified: u64,
}

impl<T> Folder<T> {
    pub(super) fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            listed: Listed::default(),
            known: BTreeMap::new(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Looks at the files whose name is `wanted`. Whether there is such a folder;
    /// else why one of them, the last, says nothing new.
    pub(super) fn look(
        &mut self,
        files: &impl FileSystem,
        wanted: impl Fn(&str) -> bool,
        parse: impl Fn(&Content) -> Result<T, String>,
    ) -> Result<bool, String> {
        let names = match self.names(files, wanted) {
            Ok(names) => names,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.known.clear();
                return Ok(false);
            }
            Err(error) => return Err(format!("cannot read {}: {error}", self.path.display())),
        };
        self.known.retain(|path, _| names.contains(path));
        let mut outcome = if names.len() > MAX_FILES {
            let path = self.path.display();
            Err(format!("{path} holds more than {MAX_FILES} files"))
        } else {
            Ok(true)
        };
        for path in names.into_iter().take(MAX_FILES) {
            if let Err(reason) = self.look_at(files, &path, &parse) {
                outcome = Err(format!("cannot read {}: {reason}", path.display()));
            }
        }
        outcome
    }

    /// What is known, with the name of the file that says so.
    pub(super) fn values(&self) -> impl Iterator<Item = (&str, &T)> {
        self.known
            .iter()
            .filter_map(|(path, known)| Some((name(path)?, known.value.as_ref()?)))
    }

    fn names(
        &mut self,
        files: &impl FileSystem,
        wanted: impl Fn(&str) -> bool,
    ) -> io::Result<Vec<PathBuf>> {
        let stamp = files.stamp(&self.path);
        let last = std::mem::take(&mut self.listed);
        let count = if stamp == last.stamp { last.count } else { 0 };
        if stamp.is_some() && count >= 2 {
            self.listed = last;
        } else {
            let mut paths = files.list(&self.path)?;
            paths.retain(|path| name(path).is_some_and(&wanted));
            paths.sort();
            self.listed = Listed {
                stamp,
                count: count + 1,
                paths,
            };
        }
        Ok(self.listed.paths.clone())
    }

    fn look_at(
        &mut self,
        files: &impl FileSystem,
        path: &Path,
        parse: impl Fn(&Content) -> Result<T, String>,
    ) -> Result<(), String> {
        let known = self.known.entry(path.to_owned()).or_insert(Known {
            stamp: None,
            value: None,
        });
        // Stamped first: a file that changes meanwhile is read again.
        let stamp = files.stamp(path);
        if known.stamp == Some(stamp) {
            return Ok(());
        }
        known.stamp = None;
        let read = files.read(path).map_err(|error| error.to_string())?;
        let content = Content {
            name: name(path).unwrap_or_default(),
            bytes: &read.bytes,
            modified: read.modified,
        };
        known.value = Some(parse(&content)?);
        known.stamp = Some(stamp);
        Ok(())
    }
}

fn name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

#[cfg(test)]
mod tests {
    use super::super::file::Local;
    use super::*;
    use std::fs;

    #[test]
    fn files_are_read_when_they_change() {
        let path = std::env::temp_dir().join(format!("nsd-folder-{}", std::process::id()));
        let mut folder = Folder::<u8>::new(&path);
        let parse = |content: &Content| match content.bytes {
            [] => Err("it is empty".to_owned()),
            [first, ..] => Ok(*first),
        };
        let mut look = |wanted: &[(&str, u8)]| {
            let outcome = folder.look(&Local::default(), |name| name != "other", parse);
            let known: Vec<(&str, u8)> =
                folder.values().map(|(name, byte)| (name, *byte)).collect();
            assert_eq!(known, wanted);
            outcome
        };
        assert_eq!(look(&[]), Ok(false), "there is no folder");
        fs::create_dir(&path).unwrap();
        assert_eq!(look(&[]), Ok(true));
        fs::write(path.join("a"), "a").unwrap();
        fs::write(path.join("b"), "b").unwrap();
        fs::write(path.join("other"), "x").unwrap();
        assert_eq!(look(&[("a", b'a'), ("b", b'b')]), Ok(true));
        // What was known stays beside what is new.
        fs::write(path.join("a"), "").unwrap();
        fs::write(path.join("b"), "BB").unwrap();
        let said = look(&[("a", b'a'), ("b", b'B')]).unwrap_err();
        assert!(said.ends_with("/a: it is empty"), "{said}");
        assert!(look(&[("a", b'a'), ("b", b'B')]).is_err(), "it is still so");
        fs::remove_file(path.join("a")).unwrap();
        for _ in 0..3 {
            assert_eq!(look(&[("b", b'B')]), Ok(true));
        }
        fs::write(path.join("c"), "c").unwrap();
        assert_eq!(look(&[("b", b'B'), ("c", b'c')]), Ok(true));
        fs::remove_file(path.join("c")).unwrap();
        assert_eq!(look(&[("b", b'B')]), Ok(true));
        fs::remove_dir_all(&path).unwrap();
        assert_eq!(look(&[]), Ok(false));
    }
}
