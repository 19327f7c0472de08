// The carrier for a plain browser: states as the engine would show them, and buttons that act. `#ringing`, `#live`,
// `#code`, `#unpaired`, `#down`, `#check` in the address begin elsewhere than at idle.

import type { Backend, EngineCommand, EngineState } from './backend.ts';

const devices = [
  { id: 'jabra', name: 'Jabra Evolve2 75', is_default: true },
  { id: 'pc', name: 'Built-in Audio Analog Stereo', is_default: false },
];

function idle(): EngineState {
  return {
    version: '0.1.0',
    link: { server: 'calls.example.org:8443', status: 'up', problem: null, retry_at_ms: null, round_trip_ms: 12 },
    pairing: {
      status: 'paired',
      person: { username: 'kim', name: '김서연', language: navigator.language.slice(0, 2), desktop: 'SEOUL-DT-114' },
    },
    call: {
      status: 'idle',
      caller: '',
      caller_name: '',
      queue: '',
      muted: false,
      microphone_open: false,
      media_up: false,
      auto_accept: false,
      since_ms: Date.now(),
      live_since_ms: null,
      expires_ms: null,
      why: null,
    },
    devices: {
      host: 'pulseaudio',
      microphones: devices,
      speakers: devices,
      microphone: 'jabra',
      speaker: 'jabra',
      ringer: 'pc',
      healthy: true,
      problem: null,
      microphone_level_db: null,
      speaker_level_db: null,
      testing: null,
    },
    network: { verdict: 'unknown', codec: null, round_trip_ms: null, loss_percent: null, jitter_ms: null, mos_cqe: null },
    check: null,
    notice: null,
  };
}

export class FakeBackend implements Backend {
  #state = idle();
  #shown: (state: EngineState) => void = () => {};

  async watch(shown: (state: EngineState) => void): Promise<void> {
    this.#shown = shown;
    this.#begin(location.hash.slice(1));
  }

  async command(command: EngineCommand): Promise<void> {
    const state = this.#state;
    switch (command.do) {
      case 'accept':
        return this.#live();
      case 'reject':
      case 'hang_up':
        state.call = { ...idle().call, status: 'ended', why: 'hung up here', caller: state.call.caller };
        break;
      case 'mute':
        state.call.muted = command.on;
        break;
      case 'pair':
        state.pairing = { status: 'code', code: '482913', expires_ms: Date.now() + 60_000 };
        break;
      case 'unpair':
        state.pairing = { status: 'unpaired', reason: null };
        break;
      case 'choose_device':
        state.devices[command.role] = command.id;
        break;
      case 'test_device':
        state.devices.testing = command.role;
        break;
    }
    this.#show();
  }

  #begin(name: string) {
    const state = this.#state;
    const caller = { caller: '010-1234-5678', caller_name: '김지민', queue: 'Billing' };
    switch (name) {
      case 'ringing':
        state.call = { ...state.call, ...caller, status: 'ringing', expires_ms: Date.now() + 18_000, media_up: true };
        break;
      case 'live':
        state.call = { ...state.call, ...caller };
        return this.#live();
      case 'code':
        state.pairing = { status: 'code', code: '482913', expires_ms: Date.now() + 48_000 };
        break;
      case 'unpaired':
        state.pairing = { status: 'unpaired', reason: null };
        break;
      case 'down':
        state.link = {
          ...state.link,
          status: 'down',
          problem: { code: 'timeout', detail: 'no answer from the server' },
          retry_at_ms: Date.now() + 7_000,
        };
        state.devices = { ...state.devices, healthy: false, microphones: [], microphone: null, problem: 'There is no microphone.' };
        break;
      case 'check':
        state.check = {
          running: false,
          passed: true,
          steps: [
            { name: 'microphone', result: 'passed', detail: 'it gives sound, peak -38 dB' },
            { name: 'speaker', result: 'passed', detail: 'a tone was played' },
            { name: 'loop', result: 'weak', detail: 'the microphone did not hear the speaker: as it should be with a headset, wrong with loudspeakers' },
            { name: 'link', result: 'passed', detail: '12 ms round trip' },
            { name: 'pairing', result: 'passed', detail: 'paired with 김서연' },
          ],
        };
        break;
    }
    this.#show();
  }

  #live() {
    const state = this.#state;
    state.call = { ...state.call, status: 'live', live_since_ms: Date.now() - 271_000, microphone_open: true, media_up: true };
    state.devices = { ...state.devices, microphone_level_db: -18, speaker_level_db: -24 };
    state.network = { verdict: 'good', codec: 'PCMU', round_trip_ms: 38, loss_percent: 0.2, jitter_ms: 2.1, mos_cqe: 4.3 };
    this.#show();
  }

  #show() {
    this.#shown(structuredClone(this.#state));
  }
}
