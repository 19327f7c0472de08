//! Child processes: what is measured runs apart from what measures, so that its CPU time is its own. All of them are
//! ended with us, whatever happens.

use crate::proc::{self, Usage};
use anyhow::{Context, Result, bail};
use std::{
    io::{BufRead, BufReader, Write},
    process::{ChildStdin, ChildStdout, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Process ids that the watchdog ends.
static LIVING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

fn living() -> MutexGuard<'static, Vec<u32>> {
    LIVING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A bound on the whole run: when the time is over, the children are ended and so are we, with exit code 1.
pub fn watch(limit: Duration) {
    std::thread::spawn(move || {
        std::thread::sleep(limit);
        eprintln!("the measurement took longer than {limit:?} and is given up");
        for pid in living().iter() {
            if let Ok(pid) = i32::try_from(*pid) {
                let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL);
            }
        }
        std::process::exit(1);
    });
}

/// A running process; ended when dropped.
pub struct Running(std::process::Child);

impl Running {
    pub fn start(command: &mut Command) -> Result<Self> {
        let child = command.spawn().with_context(|| format!("{:?} could not be started", command.get_program()))?;
        living().push(child.id());
        Ok(Self(child))
    }

    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    pub fn usage(&self) -> Result<Usage> {
        proc::usage(self.pid())
    }

    pub fn is_over(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let pid = self.pid();
        if let (false, Ok(raw)) = (self.is_over(), i32::try_from(pid)) {
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(raw), nix::sys::signal::Signal::SIGTERM);
            for _ in 0..50 {
                if self.is_over() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
        living().retain(|other| *other != pid);
    }
}

/// This program again, in one of its hidden roles. It hears lines on its standard input, answers on its standard
/// output, and ends when its input does.
pub struct Role {
    // Closed before the process is waited for: fields drop in order.
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    pub process: Running,
}

impl Role {
    pub fn start(arguments: &[String]) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Running::start(&mut command)?;
        let orders = process.0.stdin.take().context("the child's input")?;
        let answers = BufReader::new(process.0.stdout.take().context("the child's output")?);
        Ok(Self { orders, answers, process })
    }

    pub fn order(&mut self, line: &str) -> Result<()> {
        writeln!(self.orders, "{line}").context("the measured child is gone")
    }

    /// The next line it says.
    pub fn hear(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            bail!("the measured child ended before it answered");
        }
        Ok(line.trim().to_owned())
    }

    /// The next line, which must begin with `word`; what follows it.
    pub fn expect(&mut self, word: &str) -> Result<String> {
        let line = self.hear()?;
        let rest =
            line.strip_prefix(word).with_context(|| format!("`{word}` was expected, the child said `{line}`"))?;
        Ok(rest.trim().to_owned())
    }
}

/// In the child: says a line to the parent.
pub fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// In the child: waits for a line; `None` when the parent closed the pipe.
pub fn heard() -> Option<String> {
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(length) if length > 0 => Some(line.trim().to_owned()),
        _ => None,
    }
}

/// In the child: ends this process as soon as the parent closes the pipe.
pub fn end_with_parent() {
    std::thread::spawn(|| {
        while heard().is_some() {}
        std::process::exit(0);
    });
}
