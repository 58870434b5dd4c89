//! A shell that runs what it is told, one command after the other, in one process: entering a
//! namespace anew for each costs more than what is done there.
//!
//! It ends with the value that stands for it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout};

use super::outcome::{Failure, Outcome, fail};

/// Begins the line that tells how a command ended.
const ENDED: &[u8] = b"netstatusd-tests: ended with ";

/// The two ends of its pipes.
pub(crate) struct Shell {
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Shell {
    /// Takes the pipes of this child, which is a shell or becomes one.
    pub(crate) fn of(child: &mut Child) -> Outcome<Self> {
        match (child.stdin.take(), child.stdout.take()) {
            (Some(stdin), Some(stdout)) => Ok(Self {
                stdin: Some(stdin),
                stdout: BufReader::new(stdout),
            }),
            _ => fail("a shell without pipes"),
        }
    }

    /// The next line that it says, with its end; empty when it has ended.
    pub(crate) fn line(&mut self) -> Outcome<Vec<u8>> {
        let mut line = Vec::new();
        self.stdout.read_until(b'\n', &mut line)?;
        Ok(line)
    }

    /// Runs a command, without input; its output, or all it said when it failed.
    pub(crate) fn tell(&mut self, command: &str) -> Outcome<Vec<u8>> {
        let ended = String::from_utf8_lossy(ENDED);
        let told = format!(
            "{command} </dev/null 2>/run/stderr.$$\ncode=$?\n\
             [ $code = 0 ] || cat /run/stderr.$$\nprintf '\\n{ended}%d\\n' $code\n"
        );
        let Some(stdin) = self.stdin.as_mut() else {
            return fail("a shell that was closed");
        };
        stdin.write_all(told.as_bytes())?;
        let mut said = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                let said = String::from_utf8_lossy(&said);
                return fail(format!("the shell ended: {command}\n{said}"));
            }
            if let Some(code) = line.strip_prefix(ENDED) {
                // The end of line before is ours.
                said.pop();
                return match code {
                    b"0\n" => Ok(said),
                    code => Err(failure(command, code, &said)),
                };
            }
            said.extend(line);
        }
    }

    /// Lets it end.
    pub(crate) fn close(&mut self) {
        drop(self.stdin.take());
    }
}

fn failure(command: &str, code: &[u8], said: &[u8]) -> Failure {
    let [code, said] = [code, said].map(String::from_utf8_lossy);
    Failure(format!("{command}\nended with {code}{said}"))
}
