// A real centre for the browser tests: the server with demo data on free ports, the media agent of one person with WAV
// files for sound devices, and telephones. Everything that was started is stopped again, and its folder removed.

import { spawn, spawnSync } from 'node:child_process';
import dgram from 'node:dgram';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Failed, soon } from '../harness.mjs';
import { Phone, speech } from './phone.mjs';

/** Recorded human speech that Debian's alsa-utils brings. */
const VOICES = '/usr/share/sounds/alsa';
export const PASSWORD = 'twinline-demo';

const root = new URL('../../../', import.meta.url).pathname;
const server = process.env['TWINLINE_BIN'] ?? join(root, 'target/debug/twinline');
const agent = process.env['TWINLINE_AGENT_BIN'] ?? join(dirname(server), 'twinline-agent');

/** @returns {Promise<number>} */
function freeUdp() {
  const socket = dgram.createSocket('udp4');
  return new Promise((resolve) => socket.bind(0, '127.0.0.1', () => {
    const { port } = socket.address();
    socket.close(() => resolve(port));
  }));
}

/** @returns {Promise<number>} */
function freeTcp() {
  const listener = net.createServer();
  return new Promise((resolve) => listener.listen(0, '127.0.0.1', () => {
    const { port } = /** @type {net.AddressInfo} */ (listener.address());
    listener.close(() => resolve(port));
  }));
}

/** A program with its log in a file; killed at the latest when this process ends. */
class Program {
  /** @param {string} path @param {string[]} args @param {NodeJS.ProcessEnv} env @param {string} log */
  constructor(path, args, env, log) {
    this.child = spawn(path, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const file = createWriteStream(log);
    this.child.stdout?.pipe(file, { end: false });
    this.child.stderr?.pipe(file, { end: false });
    this.child.on('error', () => {});
    process.once('exit', () => this.child.kill('SIGKILL'));
  }

  /** Asks it to end, and ends it after 5 s. */
  async stop() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    const hard = setTimeout(() => this.child.kill('SIGKILL'), 5000);
    await gone;
    clearTimeout(hard);
  }
}

/** The media agent, driven through its control socket. */
export class MediaAgent {
  /** @type {any} its last state line */
  state = {};
  /** @type {net.Socket | null} */
  #orders = null;

  /** @param {Program} program */
  constructor(program) {
    this.program = program;
  }

  /** @param {string} path */
  async connect(path) {
    /** @type {net.Socket | undefined} */
    let socket;
    await soon('the control socket of the media agent', async () => {
      const trying = net.createConnection({ path });
      const opened = await new Promise((resolve) => {
        trying.once('connect', () => resolve(true));
        trying.once('error', () => resolve(false));
      });
      if (opened) socket = trying;
      return opened;
    }, 15_000);
    if (!socket) return;
    this.#orders = socket;
    let rest = '';
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      const lines = (rest + bytes.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('{')) this.state = JSON.parse(line);
    });
  }

  /** @param {object} what */
  order(what) {
    this.#orders?.write(`${JSON.stringify(what)}\n`);
  }

  /** A code that a person types in the CCP. */
  async code() {
    await soon('a link to the server', () => this.state.link?.status === 'up', 15_000);
    this.order({ do: 'pair' });
    await soon('a pairing code', () => this.state.pairing?.status === 'code', 10_000);
    return String(this.state.pairing.code);
  }

  async stop() {
    this.#orders?.destroy();
    await this.program.stop();
  }
}

export class Stage {
  /** @type {Phone[]} */
  #phones = [];
  /** @type {{ stop: () => Promise<void> }[]} */
  #running = [];
  #token = '';

  /** @param {string} folder @param {{ http: number, sip: number, quic: number, outbound: number }} ports */
  constructor(folder, ports) {
    this.folder = folder;
    this.ports = ports;
    this.base = `http://127.0.0.1:${ports.http}`;
  }

  static async set() {
    const folder = await mkdtemp(join(tmpdir(), 'twinline-web-'));
    const ports = { http: await freeTcp(), sip: await freeUdp(), quic: await freeUdp(), outbound: await freeUdp() };
    const stage = new Stage(folder, ports);
    try {
      await stage.#serve();
      return stage;
    } catch (error) {
      await stage.strike();
      throw error;
    }
  }

  async #serve() {
    const first = 30_000 + (process.pid % 100) * 40;
    const env = {
      TWINLINE__HTTP__LISTEN: `127.0.0.1:${this.ports.http}`,
      TWINLINE__SIP__LISTEN: `127.0.0.1:${this.ports.sip}`,
      TWINLINE__QUIC__LISTEN: `127.0.0.1:${this.ports.quic}`,
      TWINLINE__WEBRTC__BASE_PORT: String(await freeUdp()),
      TWINLINE__WORKERS__MEDIA: '1',
      TWINLINE__RTP__FIRST_PORT: String(first),
      TWINLINE__RTP__LAST_PORT: String(first + 39),
    };
    const data = join(this.folder, 'server');
    const outbound = `127.0.0.1:${this.ports.outbound}`;
    const seeded = spawnSync(server, ['--data', data, 'seed', 'demo', '--outbound', outbound], {
      env: { ...process.env, ...env },
      encoding: 'utf8',
    });
    if (seeded.status !== 0) {
      throw new Failed(`${server} seed demo: ${seeded.error?.message ?? seeded.stderr}\nTWINLINE_BIN names the server`);
    }
    const program = new Program(server, ['--data', data, 'serve'], env, join(this.folder, 'server.log'));
    this.#running.push(program);
    const ready = async () => (await fetch(`${this.base}/readyz`).catch(() => null))?.ok === true;
    await soon('the server is ready', ready, 30_000);
    const session = await this.#ask('POST', 'session', { username: 'admin', password: PASSWORD });
    this.#token = session.token;
  }

  /** @param {string} name of its folder */
  async mediaAgent(name) {
    const data = join(this.folder, name);
    await mkdir(data, { recursive: true });
    const control = join(data, 'control.sock');
    const args = ['--headless', '--server', `127.0.0.1:${this.ports.quic}`, '--data', data, '--control', control];
    args.push('--capture', `${VOICES}/Rear_Center.wav`, '--capture-loop', '--playback', join(data, 'heard.wav'));
    const media = new MediaAgent(new Program(agent, args, {}, join(data, 'log.txt')));
    this.#running.push(media);
    await media.connect(control);
    return media;
  }

  /** @param {number} [port] */
  async phone(port) {
    const phone = await Phone.make({ server: this.ports.sip, sound: speech(`${VOICES}/Front_Center.wav`), ...(port ? { port } : {}) });
    this.#phones.push(phone);
    return phone;
  }

  /** A customer who chose English and billing and now waits in the queue. @param {string} from @param {string} name */
  async customer(from, name) {
    const before = new Set((await this.live()).contacts.map((/** @type {any} */ row) => row.id));
    const phone = await this.phone();
    phone.call('1000', from, name);
    await soon('the call is answered', () => phone.state === 'answered', 10_000);
    let contact = '';
    await soon('a contact', async () => {
      contact = (await this.live()).contacts.find((/** @type {any} */ row) => !before.has(row.id))?.id ?? '';
      return contact !== '';
    });
    for (const [action, digit] of [['voice-ko', '2'], ['note-en', '1']]) {
      await soon(`the flow reaches ${action}`, async () => {
        const { entries } = await this.get(`contacts/${contact}/timeline?language=en`);
        return entries.some((/** @type {any} */ entry) => entry.data?.action === action);
      }, 20_000);
      await new Promise((resolve) => setTimeout(resolve, 500));
      phone.press(String(digit));
    }
    const queued = async () => (await this.live()).contacts.some((/** @type {any} */ row) => row.id === contact && ['queued', 'offered'].includes(row.state));
    await soon('the customer waits in the queue', queued, 20_000);
    return { phone, contact };
  }

  live() {
    return this.get('live');
  }

  /** @param {string} path @returns {Promise<any>} */
  get(path) {
    return this.#ask('GET', path);
  }

  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  async #ask(method, path, body) {
    const reply = await fetch(`${this.base}/api/v1/${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(this.#token ? { authorization: `Bearer ${this.#token}` } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!reply.ok) throw new Failed(`${method} ${path}: ${reply.status} ${await reply.text()}`);
    return reply.json();
  }

  /** What the server wrote, for a report of trouble. */
  log() {
    return readFile(join(this.folder, 'server.log'), 'utf8').catch(() => '');
  }

  async strike() {
    for (const phone of this.#phones) phone.close();
    for (const one of this.#running.reverse()) await one.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
