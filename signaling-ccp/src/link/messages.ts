// The words of the CCP socket (server/api/src/ws/ccp.rs), as TypeScript types. Instants are milliseconds since the
// epoch by the server's clock.

export type Command =
  | { do: 'set_status'; status: string }
  | { do: 'cancel_next_status' }
  | { do: 'accept'; contact: string }
  | { do: 'reject'; contact: string }
  | { do: 'mute'; contact: string; on: boolean }
  | { do: 'hold'; contact: string }
  | { do: 'resume'; contact: string }
  | { do: 'end'; contact: string }
  | { do: 'send_digits'; contact: string; digits: string }
  | { do: 'dial'; number: string; queue?: string }
  | { do: 'transfer_to_number'; contact: string; number: string }
  | { do: 'transfer_to_agent'; contact: string; agent: string }
  | { do: 'transfer_to_queue'; contact: string; queue: string }
  | { do: 'transfer_to_quick_connect'; contact: string; quick_connect: string }
  | { do: 'clear'; contact: string }
  | { do: 'finish_acw'; contact: string }
  | { do: 'extend_acw'; contact: string; seconds: number }
  | { do: 'set_note'; contact: string; note: string }
  | { do: 'set_disposition'; contact: string; code: string | null }
  | { do: 'pair'; code: string }
  | { do: 'unpair'; device: string }
  | { do: 'sign_out' };

export type CommandName = Command['do'];

/** Page → server. */
export type CcpRequest =
  | { type: 'hello'; token: string; seen: number | null; desktop: string | null }
  | { type: 'command'; id: string; command: Command }
  | { type: 'ping'; at_ms: number };

export interface Refusal {
  /** Public and stable. */
  code: string;
  message: string;
  field?: string;
  remedy?: string;
}

/** Server → page. */
export type CcpMessage =
  | { type: 'snapshot'; seq: number; now_ms: number; desk: Desk }
  | { type: 'change'; seq: number; now_ms: number; desk: Partial<Desk> }
  | { type: 'done'; id: string }
  | { type: 'refused'; id: string; error: Refusal }
  | { type: 'sign_in_again'; reason: string }
  | { type: 'restarting'; retry_ms: number }
  | { type: 'pong'; at_ms: number; now_ms: number };

export interface Desk {
  agent: DeskAgent;
  contacts: DeskContact[];
  media: DeskMedia;
  queues: DeskQueue[];
  statuses: DeskStatus[];
  quick_connects: DeskQuickConnect[];
  dispositions: string[];
  recent: DeskRecent[];
}

export type Activity =
  | 'offline'
  | 'custom'
  | 'available'
  | 'incoming'
  | 'connecting'
  | 'connected'
  | 'hold'
  | 'acw'
  | 'missed'
  | 'rejected'
  | 'error';

export interface DeskAgent {
  id: string;
  username: string;
  name: string;
  language: string;
  status: string;
  activity: Activity;
  since_ms: number;
  next_status: string | null;
  routable: boolean;
  not_routable_why: string | null;
  auto_accept: boolean;
}

export type ContactState =
  | 'INCOMING'
  | 'PENDING'
  | 'CONNECTING'
  | 'CONNECTED'
  | 'CONNECTED_ONHOLD'
  | 'MISSED'
  | 'REJECTED'
  | 'ERROR'
  | 'ENDED';

export interface DeskContact {
  id: string;
  channel: 'VOICE' | 'CHAT' | 'TASK';
  method: 'INBOUND' | 'OUTBOUND' | 'TRANSFER' | 'QUEUE_TRANSFER' | 'CALLBACK' | 'API';
  state: ContactState;
  state_since_ms: number;
  customer: string;
  customer_name: string;
  queue: string | null;
  waited_ms: number;
  deadline_ms: number | null;
  muted: boolean;
  mute_pending: boolean;
  recording: boolean;
  connected_ms: number | null;
  note: string;
  disposition: string | null;
  attributes: Record<string, string>;
  reason: string | null;
  can: string[];
}

export interface DeskMedia {
  path: 'local' | 'session' | 'phone' | 'none';
  ready: boolean;
  state: 'unpaired' | 'offline' | 'ready' | 'ringing' | 'connecting' | 'live';
  device_name: string | null;
  device: string | null;
  quality: 'good' | 'fair' | 'poor' | null;
  reason: string | null;
  muted: boolean;
}

export interface DeskQueue {
  id: string;
  name: string;
  waiting: number;
  oldest_ms: number | null;
}

export interface DeskStatus {
  id: string;
  name: string;
  kind: 'ROUTABLE' | 'CUSTOM' | 'OFFLINE';
}

export interface DeskQuickConnect {
  id: string;
  name: string;
  kind: 'phone_number' | 'agent' | 'queue';
  available: boolean;
}

export interface DeskRecent {
  contact: string;
  customer: string;
  queue: string | null;
  at_ms: number;
  method: DeskContact['method'];
  outcome: 'handled' | 'missed' | 'rejected' | 'failed';
}
