// What the page knows of the program: the engine's state comes, commands go. Mirrors the engine's `state.rs`.

export interface Backend {
  /** Hands over every state, the current one first. */
  watch(shown: (state: EngineState) => void): Promise<void>;
  command(command: EngineCommand): Promise<void>;
}

export type EngineCommand =
  | { do: 'accept' | 'reject' | 'hang_up' | 'pair' | 'unpair' | 'rescan' | 'check' | 'network_changed' | 'shutdown' }
  | { do: 'mute'; on: boolean }
  | { do: 'use_server'; server: string }
  | { do: 'choose_device'; role: Role; id: string | null }
  | { do: 'test_device'; role: Role };

export type Role = 'microphone' | 'speaker' | 'ringer';
export type LinkStatus = 'unset' | 'connecting' | 'up' | 'down' | 'refused';
export type CallStatus = 'idle' | 'ringing' | 'connecting' | 'live' | 'held' | 'ended';
export type Verdict = 'unknown' | 'good' | 'fair' | 'poor';

export interface Person {
  username: string;
  name: string;
  language: string;
  desktop: string | null;
}

export type Pairing =
  | { status: 'unknown' | 'asking' }
  | { status: 'unpaired'; reason: string | null }
  | { status: 'code'; code: string; expires_ms: number }
  | { status: 'paired'; person: Person }
  | { status: 'superseded'; by: string };

export interface DeviceEntry {
  id: string;
  name: string;
  is_default: boolean;
}

export interface EngineState {
  version: string;
  link: {
    server: string;
    status: LinkStatus;
    problem: { code: string; detail: string } | null;
    retry_at_ms: number | null;
    round_trip_ms: number | null;
  };
  pairing: Pairing;
  call: {
    status: CallStatus;
    caller: string;
    caller_name: string;
    queue: string;
    muted: boolean;
    microphone_open: boolean;
    media_up: boolean;
    auto_accept: boolean;
    since_ms: number;
    live_since_ms: number | null;
    expires_ms: number | null;
    why: string | null;
  };
  devices: {
    host: string;
    microphones: DeviceEntry[];
    speakers: DeviceEntry[];
    microphone: string | null;
    speaker: string | null;
    ringer: string | null;
    healthy: boolean;
    problem: string | null;
    microphone_level_db: number | null;
    speaker_level_db: number | null;
    testing: Role | null;
  };
  network: {
    verdict: Verdict;
    codec: string | null;
    round_trip_ms: number | null;
    loss_percent: number | null;
    jitter_ms: number | null;
    mos_cqe: number | null;
  };
  check: { running: boolean; steps: CheckStep[]; passed: boolean | null } | null;
  notice: { number: number; code: string; text: string } | null;
}

export interface CheckStep {
  name: string;
  result: 'passed' | 'weak' | 'failed' | 'skipped';
  detail: string;
}
