// A server for the pages without the server: gives the built pages out and speaks the CCP socket, with states set by
// the test. Also a program: `node tests/web/fake/server.mjs --port 8090`, then `curl -X POST …/fake/ring`.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { Centre } from './centre.mjs';
import { can, carryOut, contactOf, idleDesk, withContact } from './desk.mjs';

/** @typedef {import('./desk.mjs').Desk} Desk */
/** @typedef {import('./desk.mjs').DeskContact} DeskContact */

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** @type {Record<string, string>} */
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** As strict as the server's: no inline script or style, nothing from elsewhere. */
export const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

export class Fake {
  /** @type {import('ws').WebSocket[]} */
  sockets = [];
  /** Every press as it came, repeated ones too. @type {{ id: string, command: import('./desk.mjs').Command }[]} */
  pressed = [];
  /** @type {Map<string, object>} */
  answers = new Map();
  /** Changes told so far, for those who come back. @type {{ seq: number, desk: Partial<Desk> }[]} */
  told = [];
  /** @type {unknown[]} */
  hellos = [];
  seq = 1;
  /** False: mute goes unconfirmed by the endpoint. */
  endpointConfirms = true;
  /** False: presses are taken and never answered. */
  answering = true;
  /** Refuse the next press of this name. @type {Map<string, import('./desk.mjs').Refusal>} */
  refusals = new Map();
  /** False: hello is answered with sign_in_again. */
  tokenGood = true;
  /** False: sockets are closed at once. */
  reachable = true;
  port = 0;
  /** @type {import('node:http').Server} */
  server;
  /** @type {Set<NodeJS.Timeout>} */
  timers = new Set();

  /** @param {string} language */
  constructor(language) {
    this.language = language;
    this.desk = idleDesk(language);
    this.centre = new Centre(language);
    this.server = createServer((request, response) => void this.answer(request, response));
    this.sockets_ = new WebSocketServer({ noServer: true });
    this.server.on('upgrade', (request, socket, head) => {
      if (!this.reachable || !request.url?.startsWith('/api/v1/ccp/socket')) return socket.destroy();
      this.sockets_.handleUpgrade(request, socket, head, (ws) => this.greet(ws));
    });
  }

  /** @param {number} port */
  async start(port = 0) {
    await new Promise((resolve) => this.server.listen(port, '127.0.0.1', () => resolve(null)));
    const address = this.server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
    return this;
  }

  get base() {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop() {
    for (const timer of this.timers) clearTimeout(timer);
    for (const socket of this.sockets) socket.terminate();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(() => resolve(null)));
  }

  /** Back to an idle desk in a language, told to whoever is connected. @param {string} language */
  reset(language = this.language) {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    this.language = language;
    this.desk = idleDesk(language);
    this.pressed = [];
    this.answers.clear();
    this.told = [];
    this.hellos = [];
    this.refusals.clear();
    this.endpointConfirms = this.answering = this.tokenGood = this.reachable = true;
    this.seq += 1;
    this.broadcast({ type: 'snapshot', seq: this.seq, now_ms: Date.now(), desk: this.desk });
  }

  // ---- what tests do to the desk

  /** @param {Partial<Desk>} change */
  change(change) {
    this.desk = { ...this.desk, ...change };
    this.seq += 1;
    this.told.push({ seq: this.seq, desk: change });
    this.broadcast({ type: 'change', seq: this.seq, now_ms: Date.now(), desk: change });
  }

  /** @param {DeskContact | null} contact @param {Partial<Desk>} also */
  setContact(contact, also = {}) {
    this.change({ ...also, ...withContact({ ...this.desk, ...also }, contact) });
  }

  /** Edits the contact without changing its state. @param {Partial<DeskContact> | ((contact: DeskContact) => Partial<DeskContact>)} change */
  edit(change) {
    const [contact] = this.desk.contacts;
    if (contact === undefined) return;
    const over = typeof change === 'function' ? change(contact) : change;
    this.change({ contacts: [{ ...contact, ...over }] });
  }

  /** Moves the contact to a state; makes one when there is none. @param {DeskContact['state']} state @param {Partial<DeskContact>} over */
  to(state, over = {}) {
    const [old] = this.desk.contacts;
    const fresh = contactOf(this.language, { state });
    const kept = old === undefined ? fresh : { ...old, state, can: can[state] ?? [], deadline_ms: fresh.deadline_ms };
    this.setContact({ ...kept, recording: fresh.recording, state_since_ms: Date.now(), ...over });
  }

  /** @param {number} ms @param {() => void} what */
  later(ms, what) {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      what();
    }, ms);
    this.timers.add(timer);
  }

  /** Closes every socket; with `reachable` false nobody comes back. */
  drop() {
    for (const socket of [...this.sockets]) socket.terminate();
  }

  // ---- the socket

  /** @param {import('ws').WebSocket} socket */
  greet(socket) {
    this.sockets.push(socket);
    socket.on('close', () => (this.sockets = this.sockets.filter((other) => other !== socket)));
    socket.on('error', () => {});
    socket.on('message', (data) => this.hear(socket, JSON.parse(String(data))));
  }

  /** @param {import('ws').WebSocket} socket @param {any} request */
  hear(socket, request) {
    if (request.type === 'ping') return this.say(socket, { type: 'pong', at_ms: request.at_ms, now_ms: Date.now() });
    if (request.type === 'command') return this.take(socket, request);
    this.hellos.push(request);
    if (!this.tokenGood) return this.say(socket, { type: 'sign_in_again', reason: 'expired' });
    const missed = this.told.filter(({ seq }) => seq > (request.seen ?? 0));
    const whole = request.seen === null || request.seen < this.seq - missed.length;
    if (whole) return this.say(socket, { type: 'snapshot', seq: this.seq, now_ms: Date.now(), desk: this.desk });
    for (const { seq, desk } of missed) this.say(socket, { type: 'change', seq, now_ms: Date.now(), desk });
    if (missed.length === 0) this.say(socket, { type: 'pong', at_ms: 0, now_ms: Date.now() });
  }

  /** @param {import('ws').WebSocket} socket @param {{ id: string, command: import('./desk.mjs').Command }} request */
  take(socket, { id, command }) {
    this.pressed.push({ id, command });
    if (!this.answering) return;
    let answer = this.answers.get(id);
    if (answer === undefined) {
      const refusal = this.refusals.get(command.do) ?? carryOut(this, command);
      this.refusals.delete(command.do);
      answer = refusal === null ? { type: 'done', id } : { type: 'refused', id, error: refusal };
      this.answers.set(id, answer);
    }
    this.say(socket, answer);
  }

  /** @param {import('ws').WebSocket} socket @param {object} message */
  say(socket, message) {
    socket.send(JSON.stringify(message));
  }

  /** @param {object} message */
  broadcast(message) {
    for (const socket of this.sockets) this.say(socket, message);
  }

  // ---- HTTP

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async answer(request, response) {
    const url = new URL(request.url ?? '/', 'http://fake');
    try {
      if (url.pathname.startsWith('/api/v1/')) return await this.rest(request, url, response);
      if (url.pathname.startsWith('/fake/')) return this.command(url, response);
      await this.file(url.pathname, response);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  }

  /** @param {import('node:http').IncomingMessage} request @param {URL} url @param {import('node:http').ServerResponse} response */
  async rest(request, url, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString() || '{}');
    const reply = this.centre.answer(request.method ?? 'GET', url, request.headers, body);
    if (reply === null) return void response.writeHead(404).end();
    const bytes = reply.bytes ?? (reply.body === undefined ? undefined : Buffer.from(JSON.stringify(reply.body)));
    const type = reply.type ?? 'application/json';
    const range = /^bytes=(\d+)-(\d*)$/.exec(String(request.headers.range ?? ''));
    if (range === null || bytes === undefined) {
      const ranges = reply.bytes ? { 'accept-ranges': 'bytes', 'content-length': reply.bytes.length } : {};
      return void response.writeHead(reply.status, { 'content-type': type, ...ranges }).end(bytes);
    }
    const [from, to] = [Number(range[1]), Math.min(Number(range[2] || bytes.length - 1), bytes.length - 1)];
    const headers = { 'content-type': type, 'content-range': `bytes ${from}-${to}/${bytes.length}`, 'accept-ranges': 'bytes' };
    response.writeHead(206, headers).end(bytes.subarray(from, to + 1));
  }

  /** Lets a person play: /fake/ring, /fake/customer-leaves, /fake/drop, /fake/poor. @param {URL} url @param {import('node:http').ServerResponse} response */
  command(url, response) {
    /** @type {Record<string, () => void>} */
    const commands = {
      ring: () => this.to('INCOMING'),
      'customer-leaves': () => this.to('ENDED'),
      drop: () => this.drop(),
      poor: () => this.change({ media: { ...this.desk.media, quality: 'poor' } }),
      reset: () => this.reset(url.searchParams.get('language') ?? this.language),
    };
    const act = Object.entries(commands).find(([name]) => url.pathname === `/fake/${name}`)?.[1];
    act?.();
    response.writeHead(act ? 204 : 404).end();
  }

  /** @param {string} path @param {import('node:http').ServerResponse} response */
  async file(path, response) {
    const inCcp = path === '/ccp' || path.startsWith('/ccp/');
    const folder = join(root, inCcp ? 'signaling-ccp/dist' : 'server/web/console/dist');
    const inside = normalize(inCcp ? path.slice('/ccp'.length) : path);
    const name = extname(inside) === '' ? 'index.html' : inside;
    const bytes = await readFile(join(folder, name)).catch(() => null);
    if (bytes === null) return void response.writeHead(404).end();
    const type = types[extname(name)] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, 'content-security-policy': policy }).end(bytes);
  }
}

const asked = process.argv.indexOf('--port');
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const fake = await new Fake(process.argv.includes('--en') ? 'en' : 'ko').start(asked > 0 ? Number(process.argv[asked + 1]) : 8090);
  console.log(`${fake.base}/ccp  (kim / secret-kim-1)`);
}
