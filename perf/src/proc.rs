//! What a process has used so far, from `/proc`: CPU (user and system) and resident memory.

use anyhow::{Context, Result};
use std::{collections::BTreeMap, fs};

/// CPU and memory of a process at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage {
    /// User and system time of all threads, living and gone, in seconds; the kernel counts hundredths.
    pub cpu_s: f64,
    pub rss_kb: u64,
}

/// Reads `/proc/PID/stat` and `/proc/PID/status`.
pub fn usage(pid: u32) -> Result<Usage> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("process {pid} is gone"))?;
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let (_, ticks) = parse_stat(&stat).context("/proc/PID/stat is not as expected")?;
    let rss_kb = parse_rss(&status).context("/proc/PID/status names no VmRSS")?;
    Ok(Usage { cpu_s: ticks as f64 / ticks_per_second(), rss_kb })
}

/// CPU seconds by thread name; threads of one name are added up, a trailing number does not count.
pub fn threads(pid: u32) -> Result<BTreeMap<String, f64>> {
    let mut used = BTreeMap::new();
    for entry in fs::read_dir(format!("/proc/{pid}/task"))?.flatten() {
        // A thread may end between the listing and the look.
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        if let Some((name, ticks)) = parse_stat(&stat) {
            let name = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-').to_owned();
            *used.entry(name).or_default() += ticks as f64 / ticks_per_second();
        }
    }
    Ok(used)
}

/// Name, and user + system ticks (fields 14 and 15 of proc(5)). The name may hold spaces and parentheses.
fn parse_stat(stat: &str) -> Option<(String, u64)> {
    let open = stat.find('(')?;
    let close = stat.rfind(')')?;
    let fields: Vec<&str> = stat.get(close + 1..)?.split_ascii_whitespace().collect();
    let user: u64 = fields.get(11)?.parse().ok()?;
    let system: u64 = fields.get(12)?.parse().ok()?;
    Some((stat.get(open + 1..close)?.to_owned(), user + system))
}

fn parse_rss(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

fn ticks_per_second() -> f64 {
    nix::unistd::sysconf(nix::unistd::SysconfVar::CLK_TCK).ok().flatten().unwrap_or(100) as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_stat_line_is_read_whatever_the_name_holds() {
        let line = "4242 (media (0) x) S 1 1 1 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 9 0 100 0 0";
        assert_eq!(parse_stat(line), Some(("media (0) x".to_owned(), 200)));
        assert_eq!(parse_stat("4242 (cut"), None);
    }

    #[test]
    fn resident_memory_is_found_among_the_lines() {
        assert_eq!(parse_rss("Name:\tx\nVmPeak:\t  9 kB\nVmRSS:\t   5120 kB\nThreads:\t1\n"), Some(5_120));
        assert_eq!(parse_rss("Name:\tx\n"), None);
    }

    #[test]
    fn our_own_process_can_be_read() {
        let used = usage(std::process::id()).unwrap();
        assert!(used.rss_kb > 0 && used.cpu_s >= 0.0);
        assert!(!threads(std::process::id()).unwrap().is_empty());
    }
}
