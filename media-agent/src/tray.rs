//! The tray icon. Its states differ in shape, not only in colour: a handset (ready), a handset with waves (ringing or
//! in a call), a struck-through microphone (muted), an empty ring (not paired), a triangle (problem).

use crate::shell;
use std::sync::Mutex;
use tauri::{
    AppHandle,
    image::Image,
    menu::{Menu, MenuItem},
    tray::{TrayIcon, TrayIconBuilder, TrayIconEvent},
};
use twinline_media_engine::{CallStatus, Engine, EngineCommand, EngineState, LinkStatus, PairingView};

pub const ID: &str = "twinline";

/// What the icon says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Ready,
    Call,
    Muted,
    Unpaired,
    Problem,
}

impl Shape {
    /// One shape for a state; a call goes before everything, since it is what is going on.
    pub fn of(state: &EngineState) -> Self {
        match state.call.status {
            CallStatus::Live | CallStatus::Held if state.call.muted => return Self::Muted,
            CallStatus::Ringing | CallStatus::Connecting | CallStatus::Live | CallStatus::Held => return Self::Call,
            CallStatus::Idle | CallStatus::Ended => {}
        }
        let paired = matches!(state.pairing, PairingView::Paired { .. } | PairingView::Unknown);
        if state.link.status != LinkStatus::Up || !state.devices.healthy {
            Self::Problem
        } else if paired {
            Self::Ready
        } else {
            Self::Unpaired
        }
    }

    fn icon(self) -> Image<'static> {
        match self {
            Self::Ready => tauri::include_image!("icons/tray-ready.png"),
            Self::Call => tauri::include_image!("icons/tray-call.png"),
            Self::Muted => tauri::include_image!("icons/tray-muted.png"),
            Self::Unpaired => tauri::include_image!("icons/tray-unpaired.png"),
            Self::Problem => tauri::include_image!("icons/tray-problem.png"),
        }
    }

    fn words(self, korean: bool) -> &'static str {
        match (self, korean) {
            (Self::Ready, true) => "Twinline: 준비됨",
            (Self::Ready, false) => "Twinline: ready",
            (Self::Call, true) => "Twinline: 통화",
            (Self::Call, false) => "Twinline: call",
            (Self::Muted, true) => "Twinline: 음소거",
            (Self::Muted, false) => "Twinline: muted",
            (Self::Unpaired, true) => "Twinline: 연결되지 않음",
            (Self::Unpaired, false) => "Twinline: not paired",
            (Self::Problem, true) => "Twinline: 문제 있음",
            (Self::Problem, false) => "Twinline: problem",
        }
    }
}

/// The icon and what it shows now.
pub struct Tray {
    icon: TrayIcon,
    shown: Mutex<Option<Shape>>,
}

/// Puts the icon into the tray.
pub fn build(app: &AppHandle, engine: &Engine) -> tauri::Result<Tray> {
    let open = MenuItem::with_id(app, "open", "Twinline", true, None::<&str>)?;
    let quit = MenuItem::with_id(app, "quit", "종료 · Quit", true, None::<&str>)?;
    let menu = Menu::with_items(app, &[&open, &quit])?;
    let engine = engine.clone();
    let icon = TrayIconBuilder::with_id(ID)
        .icon(Shape::Problem.icon())
        .menu(&menu)
        .on_menu_event(move |app, event| match event.id().as_ref() {
            // The program ends when the engine has: a call's end is told to the server first.
            "quit" => {
                if !engine.try_command(EngineCommand::Shutdown) {
                    app.exit(0);
                }
            }
            _ => shell::show(app),
        })
        .on_tray_icon_event(|icon, event| {
            if let TrayIconEvent::DoubleClick { .. } = event {
                shell::show(icon.app_handle());
            }
        })
        .build(app)?;
    Ok(Tray { icon, shown: Mutex::new(None) })
}

impl Tray {
    pub fn update(&self, state: &EngineState) {
        let shape = Shape::of(state);
        let mut shown = self.shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if *shown == Some(shape) {
            return;
        }
        *shown = Some(shape);
        let korean = match &state.pairing {
            PairingView::Paired { person } => person.language != "en",
            _ => true,
        };
        let _ = self.icon.set_icon(Some(shape.icon()));
        let _ = self.icon.set_tooltip(Some(shape.words(korean)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_shown_before_a_problem_and_mute_before_the_call() {
        let mut state = EngineState::default();
        assert_eq!(Shape::of(&state), Shape::Problem);
        state.call.status = CallStatus::Live;
        assert_eq!(Shape::of(&state), Shape::Call);
        state.call.muted = true;
        assert_eq!(Shape::of(&state), Shape::Muted);
    }

    #[test]
    fn ready_needs_link_devices_and_pairing() {
        let mut state = EngineState::default();
        state.link.status = LinkStatus::Up;
        state.devices.healthy = true;
        state.pairing = PairingView::Unpaired { reason: None };
        assert_eq!(Shape::of(&state), Shape::Unpaired);
        state.pairing = PairingView::Unknown;
        assert_eq!(Shape::of(&state), Shape::Ready);
        state.devices.healthy = false;
        assert_eq!(Shape::of(&state), Shape::Problem);
    }
}
