// The link to the server: one WebSocket that says hello with the last number seen, keeps itself alive, comes back by
// itself, and sends unanswered presses again under the same id. It holds no state of the desk.
//
//   stopped ──start──► opening ──open──► up ──silence, close──► waiting ──backoff──► opening
//                         └──────────────close───────────────────►┘

import { backoffMs } from './backoff';
import type { CcpMessage, CcpRequest, Command } from './messages';

/** What a press looks like on its way. */
export interface Press {
  id: string;
  command: Command;
  /** When it was pressed, by the page's clock. */
  atMs: number;
}

export type LinkEvent =
  | { kind: 'message'; message: CcpMessage; atMs: number }
  | { kind: 'opened'; atMs: number }
  | { kind: 'lost'; atMs: number };

/** The part of WebSocket that is used. */
export interface SocketLike {
  send(text: string): void;
  close(): void;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
}

/** The world around the link; tests bring their own. */
export interface Surroundings {
  open(): SocketLike;
  nowMs(): number;
  /** Runs `what` once after `ms`; the result cancels it. */
  later(ms: number, what: () => void): () => void;
  random(): number;
}

/** The desk as the link needs to know it. */
export interface Memory {
  token(): string;
  /** Name of this VDI desktop, if the person gave one. */
  desktop(): string | null;
  seen(): number | null;
  pending(): readonly Press[];
  tell(event: LinkEvent): void;
}

const CHECK_EVERY_MS = 5_000;
const PING_AFTER_MS = 10_000;
const ANSWER_WITHIN_MS = 5_000;

export class Link {
  #socket: SocketLike | null = null;
  #up = false;
  #attempt = 0;
  #heardMs = 0;
  #pingedMs: number | null = null;
  #cancelTimer: () => void = () => {};
  #stopped = true;

  constructor(
    private readonly memory: Memory,
    private readonly world: Surroundings,
  ) {}

  start(): void {
    this.#stopped = false;
    this.#open();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer();
    this.#forget();
  }

  /** Tries now instead of after the wait: the network is back, or the page is looked at again. */
  hurry(): void {
    if (!this.#stopped && this.#socket === null) this.#open();
  }

  /** Sends a press now when the link is up; else it goes with the next hello, as it is pending. */
  send(press: Press): void {
    if (this.#up) this.#say({ type: 'command', id: press.id, command: press.command });
  }

  #open(): void {
    this.#cancelTimer();
    this.#forget();
    const socket = this.world.open();
    this.#socket = socket;
    this.#heardMs = this.world.nowMs();
    this.#pingedMs = null;
    socket.onopen = () => this.#greet(socket);
    socket.onmessage = ({ data }: { data: unknown }) => this.#hear(socket, data);
    socket.onclose = () => this.#lose(socket, null);
    this.#watch();
  }

  #greet(socket: SocketLike): void {
    if (socket !== this.#socket) return;
    this.#up = true;
    this.#heardMs = this.world.nowMs();
    const { memory } = this;
    this.#say({ type: 'hello', token: memory.token(), seen: memory.seen(), desktop: memory.desktop() });
    for (const press of this.memory.pending()) this.send(press);
    this.memory.tell({ kind: 'opened', atMs: this.world.nowMs() });
  }

  #hear(socket: SocketLike, data: unknown): void {
    if (socket !== this.#socket) return;
    const message = readMessage(data);
    if (message === null) return;
    this.#heardMs = this.world.nowMs();
    this.#pingedMs = null;
    if (message.type === 'snapshot' || message.type === 'change') this.#attempt = 0;
    if (message.type === 'sign_in_again') {
      // The server could not look the token up just now: that is no reason to ask a person for it.
      if (message.reason === 'try_again') return this.#lose(socket, null);
      this.stop();
    }
    this.memory.tell({ kind: 'message', message, atMs: this.#heardMs });
    if (message.type === 'restarting') this.#lose(socket, message.retry_ms);
  }

  /** The socket is of no use any more: forget it and come back, after `waitMs` at least when the server named a time. */
  #lose(socket: SocketLike, waitMs: number | null): void {
    if (socket !== this.#socket) return;
    this.#forget();
    this.#cancelTimer();
    if (this.#stopped) return;
    this.memory.tell({ kind: 'lost', atMs: this.world.nowMs() });
    const wait = (waitMs ?? 0) + backoffMs(this.#attempt, this.world.random());
    this.#attempt += 1;
    this.#cancelTimer = this.world.later(wait, () => this.#open());
  }

  /** A frozen network closes nothing: ask after silence, and take no answer for a loss. */
  #watch(): void {
    this.#cancelTimer = this.world.later(CHECK_EVERY_MS, () => {
      const socket = this.#socket;
      if (socket === null) return;
      const now = this.world.nowMs();
      if (this.#pingedMs !== null && now - this.#pingedMs >= ANSWER_WITHIN_MS) return this.#lose(socket, null);
      if (!this.#up && now - this.#heardMs >= PING_AFTER_MS) return this.#lose(socket, null);
      if (this.#up && this.#pingedMs === null && now - this.#heardMs >= PING_AFTER_MS) {
        this.#pingedMs = now;
        this.#say({ type: 'ping', at_ms: now });
      }
      this.#watch();
    });
  }

  #forget(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#up = false;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #say(request: CcpRequest): void {
    this.#socket?.send(JSON.stringify(request));
  }
}

/** The message in a frame, or null when it is none of ours: a newer server may say more than we know. */
function readMessage(data: unknown): CcpMessage | null {
  if (typeof data !== 'string') return null;
  try {
    const value: unknown = JSON.parse(data);
    if (typeof value !== 'object' || value === null || !('type' in value)) return null;
    return value as CcpMessage;
  } catch {
    return null;
  }
}
