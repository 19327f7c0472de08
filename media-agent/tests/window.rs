//! The window on a display of its own: it opens, a second start only raises the first, and it ends when told to.
//! Skipped with a message where Xvfb, xdotool or a session bus is not installed.

#![cfg(all(feature = "window", target_os = "linux"))]
#![allow(clippy::disallowed_methods, clippy::unwrap_used)] // A real program lives in real time.

use std::{
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

fn installed(program: &str) -> bool {
    Command::new("which").arg(program).stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// A display nobody else uses; gone with the value.
struct Display {
    number: u32,
    server: Child,
}

impl Display {
    fn open() -> Display {
        let number = 100 + std::process::id() % 400;
        let server = Command::new("Xvfb")
            .args([&format!(":{number}"), "-screen", "0", "900x760x24"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let socket = PathBuf::from(format!("/tmp/.X11-unix/X{number}"));
        eventually("the display", || socket.exists());
        Display { number, server }
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env("DISPLAY", format!(":{}", self.number)).env_remove("WAYLAND_DISPLAY");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn windows(&self, title: &str) -> usize {
        let found = self
            .command("xdotool")
            .args(["search", "--onlyvisible", "--name", title])
            .stdout(Stdio::piped())
            .output()
            .unwrap();
        String::from_utf8_lossy(&found.stdout).lines().count()
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "waited a minute in vain for {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn start(display: &Display, data: &Path) -> Child {
    let silence = data.join("silence.wav");
    if !silence.exists() {
        // A second of silence, 8 kHz, 16 bit, mono.
        let mut wav =
            b"RIFF\xa4\x3e\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\x80\x3e\0\0"
                .to_vec();
        wav.resize(wav.len() + 16_000, 0);
        std::fs::write(&silence, wav).unwrap();
    }
    display
        .command("dbus-run-session")
        .args(["--", env!("CARGO_BIN_EXE_twinline-agent"), "--data"])
        .arg(data)
        .arg("--capture")
        .arg(&silence)
        .arg("--playback")
        .arg(data.join("heard.wav"))
        .arg("--control")
        .arg(data.join("control.sock"))
        .spawn()
        .unwrap()
}

#[test]
fn the_window_opens_shows_the_engines_state_and_closes_when_told() {
    for program in ["Xvfb", "xdotool", "dbus-run-session"] {
        if !installed(program) {
            eprintln!("skipped: {program} is not installed");
            return;
        }
    }
    let data = std::env::temp_dir().join(format!("twinline-window-{}", std::process::id()));
    std::fs::create_dir_all(&data).unwrap();
    let display = Display::open();
    let mut program = start(&display, &data);
    eventually("the window", || display.windows("Twinline") > 0);

    let mut control = None;
    eventually("the control socket", || {
        control = UnixStream::connect(data.join("control.sock")).ok();
        control.is_some()
    });
    let mut control = control.unwrap();
    let mut line = String::new();
    BufReader::new(control.try_clone().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("\"pairing\""), "the engine behind the window tells its state: {line}");

    control.write_all(b"{\"do\":\"shutdown\"}\n").unwrap();
    eventually("the end of the program", || program.try_wait().unwrap().is_some());
    drop(display);
    let _ = std::fs::remove_dir_all(&data);
}
