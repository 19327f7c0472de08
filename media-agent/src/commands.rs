//! What the window may ask: the state, and that a command be passed on. No logic lives here.

use std::sync::Arc;
use tauri::State;
use twinline_media_engine::{Engine, EngineCommand, EngineState};

#[tauri::command]
pub fn state(engine: State<'_, Engine>) -> Arc<EngineState> {
    engine.state().borrow().clone()
}

#[tauri::command]
pub async fn command(engine: State<'_, Engine>, command: EngineCommand) -> Result<(), ()> {
    engine.command(command).await;
    Ok(())
}
