// The carrier inside the program: one event with the state, one command.

import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { Backend, EngineCommand, EngineState } from './backend.ts';

export class TauriBackend implements Backend {
  async watch(shown: (state: EngineState) => void): Promise<void> {
    // Listening first: no state between the two is missed.
    await listen<EngineState>('state', (event) => shown(event.payload));
    shown(await invoke<EngineState>('state'));
  }

  async command(command: EngineCommand): Promise<void> {
    await invoke('command', { command });
  }
}
