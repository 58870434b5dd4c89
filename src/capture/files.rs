//! The files of a capture: each below the folder `files` at the path that it had,
//! and a list that says what a copy of a file does not.
//!
//! A line of the list is a path, a tab, and when the file was written, in seconds
//! since 1970; after another tab where it leads, if it was a symbolic link. Of what
//! could not be read it says `unreadable`, and why.

use super::{CaptureError, malformed};
use crate::probe::{Captured, CapturedFiles, FileContent};
use std::fmt::Write;
use std::fs;
use std::path::{Component, Path, PathBuf};

const LIST: &str = "files.list";
const FILES: &str = "files";
const UNREADABLE: &str = "unreadable";

/// Writes `files` to `folder`.
pub(super) fn write(files: &CapturedFiles, folder: &Path) -> Result<(), CaptureError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| CaptureError::Write { path, source }
    };
    let mut list = String::new();
    for (path, captured) in &files.0 {
        // Nobody names a link like this, and a line could not hold it.
        let Some(shown) = in_line(path) else {
            continue;
        };
        // Writing to a String cannot fail.
        let _ = match captured {
            Captured::Unreadable { reason } => writeln!(list, "{shown}\t{UNREADABLE}\t{reason}"),
            Captured::File { content, leads_to } => {
                let copy = copy_of(path, folder);
                let into = copy.parent().unwrap_or(folder);
                fs::create_dir_all(into).map_err(failed(into))?;
                fs::write(&copy, &content.bytes).map_err(failed(&copy))?;
                let written = content.modified;
                match leads_to.as_deref().and_then(in_line) {
                    Some(target) => writeln!(list, "{shown}\t{written}\t{target}"),
                    None => writeln!(list, "{shown}\t{written}"),
                }
            }
        };
    }
    let path = folder.join(LIST);
    fs::write(&path, list).map_err(failed(&path))
}

/// Reads what was written to `folder`.
pub(super) fn read(folder: &Path) -> Result<CapturedFiles, CaptureError> {
    let read = |path: PathBuf| {
        let bytes = fs::read(&path);
        bytes.map_err(|source| CaptureError::Read { path, source })
    };
    let list = folder.join(LIST);
    let text = String::from_utf8_lossy(&read(list.clone())?).into_owned();
    let mut files = CapturedFiles::default();
    for (position, line) in text.lines().enumerate() {
        let wrong = || malformed(&list, position, line, "a path and a time");
        let columns: Vec<&str> = line.splitn(3, '\t').collect();
        let (path, rest) = columns.split_first().ok_or_else(wrong)?;
        let path = checked(path).ok_or_else(wrong)?;
        let captured = match rest {
            [UNREADABLE, reason] => Captured::Unreadable {
                reason: (*reason).to_owned(),
            },
            [modified, leads_to @ ..] => Captured::File {
                content: FileContent {
                    modified: modified.parse().map_err(|_| wrong())?,
                    bytes: read(copy_of(path, folder))?,
                },
                leads_to: leads_to.first().map(PathBuf::from),
            },
            [] => return Err(wrong()),
        };
        files.0.insert(path.to_owned(), captured);
    }
    Ok(files)
}

/// A path as it can stand in a line.
fn in_line(path: &Path) -> Option<&str> {
    let path = path.to_str()?;
    (!path.contains(char::is_control)).then_some(path)
}

fn copy_of(path: &Path, folder: &Path) -> PathBuf {
    let relative = path.strip_prefix("/").unwrap_or(path);
    folder.join(FILES).join(relative)
}

/// A path that leads down from the root only.
fn checked(path: &str) -> Option<&Path> {
    let path = Path::new(path);
    let mut components = path.components();
    let is_from_root = components.next() == Some(Component::RootDir);
    let leads_down = components.all(|component| matches!(component, Component::Normal(_)));
    (is_from_root && leads_down).then_some(path)
}
