//! Configuration files, good and bad. Each bad one in `tests/config/bad` is named
//! by its fault and has beside it what is said of it. `UPDATE_GOLDEN=1` rewrites
//! that: look at every line that changes.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

use netstatusd::config::{self, Config, ConfigError};
use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/config")
        .join(folder);
    let entries = fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "toml"));
    files.sort();
    files
}

#[test]
fn good_files_are_accepted() {
    let files = files("good");
    assert!(files.len() >= 6, "the files are not all here");
    for path in files {
        let loaded = config::load(&path);
        assert!(loaded.is_ok(), "{}", loaded.unwrap_err());
    }
}

/// The example that people copy, and the file that is installed.
#[test]
fn what_is_shown_to_people_is_accepted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let example = readme.split("```toml\n").nth(1).unwrap();
    let example = Config::parse(example.split("```").next().unwrap()).unwrap();
    assert_eq!(example.desired.interfaces.len(), 1);
    assert_eq!(example.desired.interfaces[0].networks.len(), 2);
    let installed = config::load(&root.join("systemd/config.toml")).unwrap();
    assert_eq!(installed, Config::default());
}

#[test]
fn everything_wrong_with_a_file_is_told_at_once() {
    let files = files("bad");
    assert!(files.len() >= 20, "the files are not all here");
    let mut wrong = Vec::new();
    for path in files {
        let error = config::load(&path).unwrap_err();
        let folder = format!("{}/", path.parent().unwrap().display());
        let said = error.to_string().replace(&folder, "") + "\n";
        let beside = path.with_extension("txt");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&beside, &said).unwrap();
        }
        if fs::read_to_string(&beside).unwrap_or_default() != said {
            wrong.push(said);
        }
    }
    assert!(wrong.is_empty(), "not as expected:\n{}", wrong.join("\n"));
}

#[test]
fn what_is_no_text_file_is_no_configuration() {
    let path = std::env::temp_dir().join(format!("nsd-config-{}", std::process::id()));
    let said = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let said = config::load(&path).unwrap_err().to_string();
        said.replace(&*path.to_string_lossy(), "f")
    };
    assert_eq!(
        said(b"[node]\nname = \"caf\xe9\"\n"),
        "f:2:12: this is not UTF-8; save the file as UTF-8"
    );
    assert!(said(b"\0").starts_with("f:1:1: this is not TOML"));
    assert_eq!(
        said(&vec![b'#'; 5 << 20]),
        "cannot read the configuration f"
    );
    fs::remove_file(&path).unwrap();
    for path in [&*path, Path::new("/"), Path::new("/dev/zero")] {
        let error = config::load(path).unwrap_err();
        assert!(matches!(error, ConfigError::Read { .. }), "{error}");
    }
}

/// Whatever is cut off or damaged, it is told, with a place that there is.
#[test]
fn no_damage_to_a_file_goes_unseen_or_astray() {
    let whole =
        fs::read_to_string(files("good").pop().unwrap().with_file_name("whole.toml")).unwrap();
    let lines = whole.lines().count();
    let placed = |text: &str| {
        if let Err(mistakes) = Config::parse(text) {
            assert!(!mistakes.is_empty());
            for mistake in mistakes {
                assert!((1..=lines + 1).contains(&mistake.line), "{mistake}");
            }
        }
    };
    for (at, _) in whole.char_indices() {
        placed(&whole[..at]);
        placed(&format!("{}{}", &whole[..at], &whole[at + 1..]));
        for other in ["\"", "]", "=", "\n", "-", "0"] {
            placed(&format!("{}{other}{}", &whole[..at], &whole[at..]));
        }
    }
}
