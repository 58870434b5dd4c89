//! A private network namespace, held open by a process that dies with the test.
//!
//! The holder is `unshare … sh` ([`Shell`]), which reads from a pipe this process holds. When
//! the pipe closes, even by a kill, it ends, and as the first process of a PID namespace it
//! takes everything started inside with it: the daemon, peers, every link.

use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::outcome::{Failure, Outcome, fail};
use super::shell::Shell;

/// The name server in every namespace's `/etc/resolv.conf`.
pub(crate) const NAME_SERVER: &str = "192.0.2.53";
/// The search domain there.
pub(crate) const SEARCH_DOMAIN: &str = "a.example";

/// Sysfs that shows this namespace's links.
const OWN_SYSFS: &str = "mount -t sysfs sysfs /sys\n";

/// A mount namespace of its own: an empty `/run`, and a name server nobody's host has.
const OWN_MOUNTS: &str = r#"
resolv=$(readlink -m /etc/resolv.conf)
mount -t tmpfs tmpfs /run
printf 'nameserver %s\nsearch %s\n' "$NAME_SERVER" "$SEARCH_DOMAIN" >/run/resolv.conf
case $resolv in
/run/*)
    mkdir -p "${resolv%/*}"
    [ -e "$resolv" ] || : >"$resolv" ;;
esac
if [ -e "$resolv" ]; then
    mount --bind /run/resolv.conf "$resolv"
else
    # The host has none, and must not get one: what is written goes to a layer above its own.
    mkdir /run/etc /run/etc-work
    mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/etc,workdir=/run/etc-work /etc
    ln -sf /run/resolv.conf /etc/resolv.conf
fi
"#;

/// Tells our number in the caller's PID namespace (whose `/proc` this is), then does what
/// it is told.
const HOLD: &str = r#"
ip link set lo up
read -r pid rest </proc/self/stat
echo "$pid"
exec sh
"#;

/// One network namespace.
pub(crate) struct Namespace {
    holder: Child,
    shell: Mutex<Shell>,
    pid: String,
    as_user: bool,
}

impl Namespace {
    /// A namespace with mounts of its own; in a user namespace unless run by root.
    pub(crate) fn new() -> Outcome<Self> {
        let as_user = std::fs::metadata("/proc/self")?.uid() != 0;
        let mut unshare = Command::new("unshare");
        unshare.args(["--net", "--mount", "--pid", "--fork", "--kill-child"]);
        if as_user {
            unshare.args(["--user", "--map-root-user"]);
        }
        Self::hold(unshare, &format!("{OWN_SYSFS}{OWN_MOUNTS}"), as_user)
    }

    /// The one that the lab's kernel started with, with mounts of its own; no other kernel's.
    pub(crate) fn first_of_the_lab() -> Outcome<Self> {
        if std::env::var_os("LAB_OUT").is_none() {
            return fail("not in the lab's kernel");
        }
        let mut unshare = Command::new("unshare");
        unshare.args(["--mount", "--pid", "--fork", "--kill-child"]);
        Self::hold(unshare, OWN_MOUNTS, false)
    }

    /// A second network namespace beside this one, for the other end of a cable.
    /// It sees this one's mounts: its `/sys` shows this one's links.
    pub(crate) fn peer(&self) -> Outcome<Self> {
        let mut unshare = self.command("unshare");
        unshare.arg("--net");
        Self::hold(unshare, "", self.as_user)
    }

    fn hold(mut unshare: Command, mounts: &str, as_user: bool) -> Outcome<Self> {
        let mut holder = unshare
            .args(["sh", "-c", &format!("set -e\n{mounts}\n{HOLD}")])
            .env("NAME_SERVER", NAME_SERVER)
            .env("SEARCH_DOMAIN", SEARCH_DOMAIN)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut shell = Shell::of(&mut holder)?;
        let pid = String::from_utf8_lossy(&shell.line()?).trim().to_owned();
        let namespace = Self {
            holder,
            shell: Mutex::new(shell),
            pid,
            as_user,
        };
        if namespace.pid.is_empty() {
            return fail("no private namespace: unshare or a mount in it was refused (see above)");
        }
        Ok(namespace)
    }

    /// A command that runs inside.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut nsenter = Command::new("nsenter");
        nsenter.args(["--target", &self.pid, "--net", "--mount", "--pid"]);
        if self.as_user {
            nsenter.args(["--user", "--preserve-credentials"]);
        }
        nsenter.arg("--").arg(program);
        nsenter
    }

    /// Runs a command inside; its output, or all it said when it failed.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, argv: &[A]) -> Outcome<Vec<u8>> {
        let (program, arguments) = argv
            .split_first()
            .ok_or_else(|| Failure("no command".into()))?;
        finished(self.command(program).args(arguments))
    }

    /// Runs a shell script inside.
    pub(crate) fn sh(&self, script: &str) -> Outcome<Vec<u8>> {
        self.tell(&format!("(\nset -e\n{script}\n)"))
    }

    /// Runs, as a function of the shell itself, a script that changes nothing of the shell's
    /// own: where processes are dear that saves one.
    pub(crate) fn read(&self, script: &str) -> Outcome<Vec<u8>> {
        self.tell(&format!("own() {{\n{script}\n}}\nown"))
    }

    /// Runs `ip` commands inside, one a line, as one batch.
    pub(crate) fn ip(&self, commands: &str) -> Outcome {
        let batch = format!("ip -batch - <<'END-OF-BATCH'\n{commands}\nEND-OF-BATCH");
        self.read(&batch).map(drop)
    }

    fn tell(&self, command: &str) -> Outcome<Vec<u8>> {
        let mut shell = self.shell.lock().unwrap_or_else(PoisonError::into_inner);
        shell.tell(command)
    }

    /// What `ip -j …` says. Bytes of a name that are not UTF-8 appear as `\xNN`.
    pub(crate) fn ip_json(&self, arguments: &str) -> Outcome<Value> {
        let said = self.read(&format!("ip -j {arguments}"))?;
        Ok(serde_json::from_str(&escaped(&said, r"\\x"))?)
    }

    /// Whether it is in a user namespace, whose only user and group are 0.
    pub(crate) fn is_as_user(&self) -> bool {
        self.as_user
    }

    /// A path that leads to this namespace, for `ip link set … netns PATH`.
    pub(crate) fn path(&self) -> String {
        format!("/proc/{}/ns/net", self.pid)
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let shell = self.shell.get_mut();
        shell.unwrap_or_else(PoisonError::into_inner).close();
        // Its links are gone only once it is: the next test must not meet a moved one.
        if let Err(error) = self.holder.wait() {
            eprintln!("the holder of a namespace could not be waited for: {error}");
        }
    }
}

/// Runs a command to its end, without input.
fn finished(command: &mut Command) -> Outcome<Vec<u8>> {
    let Output {
        status,
        stdout,
        stderr,
    } = command.stdin(Stdio::null()).output()?;
    if status.success() {
        return Ok(stdout);
    }
    let said = String::from_utf8_lossy(&stderr);
    fail(format!(
        "{command:?}\n{status}: {said}{}",
        String::from_utf8_lossy(&stdout)
    ))
}

/// Text out of bytes: those that are not UTF-8 become `NN` after this mark.
pub(crate) fn escaped(bytes: &[u8], mark: &str) -> String {
    let chunks = bytes.utf8_chunks().flat_map(|chunk| {
        let invalid = chunk.invalid().iter();
        let marked = invalid.map(|byte| format!("{mark}{byte:02x}"));
        std::iter::once(chunk.valid().to_owned()).chain(marked)
    });
    chunks.collect()
}
