//! netstatusd beside its peers and beside the least that is possible, in private
//! network namespaces: a table of ratios. `benches/run` does the set-up; what each
//! row is stands in the file of its name.

mod daemon;
mod deletion;
mod event;
mod get;
mod http;
mod idle;
mod links;
mod memory;
mod oneshot;
mod peers;
mod process;
mod routes;
mod row;
mod scrape;
mod start;

use row::Row;
use rustix::process::geteuid;
use std::env;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// What a bench is run with.
struct Setting {
    /// Links in this namespace.
    links: u32,
    /// Fewer rounds and shorter waits.
    is_quick: bool,
    /// For sockets and files; gone with the namespace.
    folder: PathBuf,
}

impl Setting {
    /// How often: `full`, or a part of it.
    fn rounds(&self, full: usize) -> usize {
        if self.is_quick {
            full.div_ceil(5)
        } else {
            full
        }
    }
}

type Bench = fn(&Setting) -> Outcome<Vec<Row>>;

/// Every bench, with the numbers of links it is run with.
const BENCHES: [(&str, &[u32], Bench); 9] = [
    ("start", &[10, 1_000, 5_000], start::bench),
    ("oneshot", &[10, 1_000, 5_000], oneshot::bench),
    ("get", &[10, 1_000, 5_000], get::bench),
    ("scrape", &[10, 1_000, 5_000], scrape::bench),
    ("memory", &[10, 1_000, 5_000], memory::bench),
    ("idle", &[10, 1_000, 5_000], idle::bench),
    ("routes", &[10, 1_000, 5_000], routes::bench),
    ("deletion", &[10, 1_000, 5_000], deletion::bench),
    ("event", &[10, 1_000, 5_000], event::bench),
];

const USAGE: &str = "usage: beside [--quick] [NAME]...";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    // cargo bench says so to every bench.
    arguments.retain(|argument| argument != "--bench");
    let is_quick = arguments.iter().any(|argument| argument == "--quick");
    arguments.retain(|argument| argument != "--quick");
    let inside = arguments.iter().position(|argument| argument == "--inside");
    if let Some(inside) = inside {
        let links = arguments.get(inside + 1).ok_or(USAGE)?.parse()?;
        let names = arguments.get(inside + 2..).unwrap_or_default();
        return run_inside(links, is_quick, names);
    }
    let unknown = |name: &&String| BENCHES.iter().all(|(known, ..)| known != name);
    if let Some(name) = arguments.iter().find(unknown) {
        let known = BENCHES.map(|(name, ..)| name).join(" ");
        return Err(format!("there is no bench `{name}`; there is {known}").into());
    }
    let mut rows = Vec::new();
    let done = run_all(&arguments, is_quick, &mut rows);
    let order = |row: &Row| BENCHES.iter().position(|(name, ..)| *name == row.bench);
    rows.sort_by_key(order);
    // What was measured before another failed is not lost.
    if !rows.is_empty() {
        print!("{}", row::table(&rows));
    }
    done
}

/// Runs the benches of these names, or all, with each number of links.
fn run_all(names: &[String], is_quick: bool, rows: &mut Vec<Row>) -> Outcome {
    for links in [10, 1_000, 5_000] {
        let wanted = BENCHES
            .iter()
            .filter(|(_, sizes, _)| sizes.contains(&links))
            .map(|(name, ..)| *name)
            .filter(|name| names.is_empty() || names.iter().any(|own| own == name));
        let names: Vec<&str> = wanted.collect();
        if !names.is_empty() {
            run_in_a_namespace(links, is_quick, &names, rows)?;
        }
    }
    Ok(())
}

/// Runs these benches in a namespace of their own, as root of it.
fn run_in_a_namespace(links: u32, is_quick: bool, names: &[&str], rows: &mut Vec<Row>) -> Outcome {
    let mut unshare = Command::new("unshare");
    unshare.args([
        "--net",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
    ]);
    if !geteuid().is_root() {
        unshare.args(["--user", "--map-root-user"]);
    }
    unshare.arg(env::current_exe()?);
    if is_quick {
        unshare.arg("--quick");
    }
    unshare.args(["--inside", &links.to_string()]).args(names);
    let mut child = unshare
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            rows.push(serde_json::from_str(&line?)?);
        }
    }
    if child.wait()?.success() {
        Ok(())
    } else {
        Err(format!("the benches with {links} links failed, see above").into())
    }
}

fn run_inside(links: u32, is_quick: bool, names: &[String]) -> Outcome {
    // What is mounted here is seen here only.
    for mount in [["sysfs", "/sys"], ["tmpfs", "/run"]] {
        process::run(Command::new("mount").args(["-t", mount[0], mount[0], mount[1]]))?;
    }
    eprintln!("{links} links");
    links::ip(&links::commands(links))?;
    for (name, _, bench) in BENCHES {
        if names.iter().any(|wanted| wanted == name) {
            eprintln!("{links} links: {name}");
            let folder = PathBuf::from("/run").join(name);
            std::fs::create_dir(&folder)?;
            let setting = Setting {
                links,
                is_quick,
                folder,
            };
            for row in bench(&setting)? {
                println!("{}", serde_json::to_string(&row.of(name))?);
            }
        }
    }
    Ok(())
}
