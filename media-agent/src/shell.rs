//! The window and the tray around the engine. The window shows the engine's state and passes commands; while it rings
//! it comes to the front and stays there. Closing it leaves the program in the tray: calls still ring.

use crate::{cli::Arguments, commands, tray};
use anyhow::Context;
use std::{process::ExitCode, sync::Arc};
use tauri::{AppHandle, Emitter, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent};
use twinline_media_engine::{CallStatus, Engine, EngineState};

/// Name of the window, and of the event that carries the state to it.
pub const WINDOW: &str = "main";
const STATE_EVENT: &str = "state";

/// Runs the program with its window until it is quit.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    tauri::async_runtime::set(runtime.handle().clone());
    let config = arguments.engine();
    let app = tauri::Builder::default()
        // Registered first: a second start shows the window of the first and ends.
        .plugin(tauri_plugin_single_instance::init(|app, _, _| show(app)))
        .setup(move |app| {
            let engine = {
                let _runtime = tauri::async_runtime::handle();
                tauri::async_runtime::block_on(async { Engine::start(config) })?
            };
            #[cfg(unix)]
            if let Some(path) = &arguments.control {
                let _inside = tauri::async_runtime::handle().inner().enter();
                crate::control::listen(path, engine.clone())?;
            }
            app.manage(engine.clone());
            open(app.handle())?;
            // A desktop without a tray (or without its library) still has the window.
            let tray = match tray::build(app.handle(), &engine) {
                Ok(tray) => Some(tray),
                Err(error) => {
                    tracing::warn!(%error, "no tray");
                    None
                }
            };
            tauri::async_runtime::spawn(follow(app.handle().clone(), engine, tray));
            Ok(())
        })
        .invoke_handler(tauri::generate_handler![commands::state, commands::command])
        .build(tauri::generate_context!())
        .context("the window cannot be opened (start with --headless where there is no display)")?;
    app.run(|app, event| {
        if let tauri::RunEvent::WindowEvent { event: WindowEvent::CloseRequested { api, .. }, .. } = event
            && app.tray_by_id(tray::ID).is_some()
        {
            api.prevent_close();
            if let Some(window) = app.get_webview_window(WINDOW) {
                let _ = window.hide();
            }
        }
    });
    Ok(ExitCode::SUCCESS)
}

fn open(app: &AppHandle) -> tauri::Result<WebviewWindow> {
    WebviewWindowBuilder::new(app, WINDOW, WebviewUrl::App("index.html".into()))
        .title("Twinline")
        .inner_size(420.0, 660.0)
        .min_inner_size(360.0, 460.0)
        .build()
}

/// Brings the window to the front.
pub fn show(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(WINDOW) {
        let _ = window.show();
        let _ = window.unminimize();
        let _ = window.set_focus();
    }
}

/// Hands every state to window and tray.
async fn follow(app: AppHandle, engine: Engine, tray: Option<tray::Tray>) {
    let mut states = engine.state();
    let mut ringing = false;
    loop {
        let state: Arc<EngineState> = states.borrow_and_update().clone();
        let _ = app.emit_to(WINDOW, STATE_EVENT, &*state);
        let rings = state.call.status == CallStatus::Ringing;
        if rings != ringing {
            ringing = rings;
            if let Some(window) = app.get_webview_window(WINDOW) {
                let _ = window.set_always_on_top(rings);
            }
            if rings {
                show(&app);
            }
        }
        if let Some(tray) = &tray {
            tray.update(&state);
        }
        if states.changed().await.is_err() {
            app.exit(0);
            return;
        }
    }
}
