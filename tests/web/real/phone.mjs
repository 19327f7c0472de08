// A telephone for the tests against a real server: SIP over UDP and PCMU over RTP on loopback, as far as a caller or an
// answering party needs it. It says a WAV file over and over, presses keys (RFC 4733), and counts the sound it hears.

import dgram from 'node:dgram';
import { readFileSync } from 'node:fs';
import { randomBytes, randomInt } from 'node:crypto';

/** Samples of a 20 ms packet at 8 kHz. */
const FRAME = 160;
/** Payload types offered. */
const [PCMU, EVENTS] = [0, 101];

/** G.711 µ-law (ITU-T G.711 table 2b) of a 16-bit sample. @param {number} sample */
export function ulaw(sample) {
  const sign = sample < 0 ? 0x80 : 0;
  const level = Math.min(32_635, Math.abs(sample)) + 132;
  const exponent = Math.floor(Math.log2(level)) - 7;
  return ~(sign | (exponent << 4) | ((level >> (exponent + 3)) & 0x0f)) & 0xff;
}

/** A WAV file of 16-bit mono, as µ-law at 8 kHz. @param {string} path */
export function speech(path) {
  const file = readFileSync(path);
  let [at, rate, data] = [12, 0, Buffer.alloc(0)];
  while (at + 8 <= file.length) {
    const [name, size] = [file.toString('latin1', at, at + 4), file.readUInt32LE(at + 4)];
    if (name === 'fmt ') rate = file.readUInt32LE(at + 12);
    if (name === 'data') data = file.subarray(at + 8, at + 8 + size);
    at += 8 + size + (size % 2);
  }
  const step = rate / 8000;
  const samples = Math.floor(data.length / 2 / step);
  const sound = Buffer.alloc(samples);
  for (let i = 0; i < samples; i += 1) {
    let [sum, n] = [0, 0];
    // The mean of what falls together is filter enough for a test's ear.
    for (let j = Math.floor(i * step); j < Math.floor((i + 1) * step); j += 1) {
      sum += data.readInt16LE(j * 2);
      n += 1;
    }
    sound[i] = ulaw(n === 0 ? 0 : sum / n);
  }
  return sound;
}

/** @param {string} message @param {string} name */
const header = (message, name) => new RegExp(`^${name}\\s*:\\s*(.*)$`, 'im').exec(message)?.[1]?.trim() ?? '';
const word = () => randomBytes(8).toString('hex');

/** @returns {Promise<dgram.Socket>} */
function open(port = 0) {
  const socket = dgram.createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, '127.0.0.1', () => resolve(socket));
  });
}

export class Phone {
  /** `idle`, `calling`, `answered`, `ended`, or `failed NNN`. */
  state = 'idle';
  /** Sound packets heard, those of them that were not silence, numbers that were left out, and streams they came in. */
  heard = { packets: 0, loud: 0, missing: 0, streams: 0 };
  #from = { ssrc: -1, sequence: 0 };
  #cseq = 1;
  #callId = word();
  #tag = word();
  #branch = `z9hG4bK${word()}`;
  #remote = { tag: '', target: '', uri: '' };
  #sound;
  #at = 0;
  #rtp = { sequence: randomInt(60_000), time: randomInt(1_000_000), ssrc: randomInt(0x7fff_ffff), port: 0 };
  /** Frames of keys still to be sent. @type {Buffer[]} */
  #keys = [];
  #keyTime = 0;
  /** @type {NodeJS.Timeout | undefined} */
  #clock;

  /** @param {dgram.Socket} sip @param {dgram.Socket} media @param {number} server @param {Buffer} sound */
  constructor(sip, media, server, sound) {
    this.sip = sip;
    this.media = media;
    this.server = server;
    this.#sound = sound;
    sip.on('message', (bytes, from) => this.#receive(bytes.toString('utf8'), from.port));
    media.on('message', (bytes) => this.#listen(bytes));
  }

  /** @param {{ server: number, sound: Buffer, port?: number }} how `server`: SIP port on loopback */
  static async make({ server, sound, port }) {
    return new Phone(await open(port), await open(), server, sound);
  }

  /** @param {string} number @param {string} from @param {string} name */
  call(number, from, name) {
    this.state = 'calling';
    const uri = `sip:${number}@127.0.0.1:${this.server}`;
    this.#remote = { tag: '', target: uri, uri };
    this.me = `"${name}" <sip:${from}@127.0.0.1>`;
    this.#send(this.#request('INVITE', this.#sdp()));
  }

  /** Presses keys, 100 ms each, 100 ms apart. @param {string} digits */
  press(digits) {
    for (const digit of digits) {
      const event = '0123456789*#'.indexOf(digit);
      // Five packets while the key is down, its end three times (RFC 4733 §2.5.1.4).
      for (let i = 1; i <= 8; i += 1) {
        const frame = Buffer.from([event, i > 5 ? 0x8a : 0x0a, 0, 0]);
        frame.writeUInt16BE(Math.min(i, 6) * FRAME, 2);
        this.#keys.push(frame);
      }
      for (let i = 0; i < 5; i += 1) this.#keys.push(Buffer.alloc(0));
    }
  }

  hangUp() {
    if (this.state === 'answered') {
      this.#cseq += 1;
      this.#branch = `z9hG4bK${word()}`;
      this.#send(this.#request('BYE'));
    }
    this.#end('ended');
  }

  close() {
    this.hangUp();
    this.sip.close();
    this.media.close();
  }

  get #address() {
    return `127.0.0.1:${this.sip.address().port}`;
  }

  #sdp() {
    const port = this.media.address().port;
    return [
      'v=0',
      `o=- ${this.#rtp.ssrc} 1 IN IP4 127.0.0.1`,
      's=-',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      `m=audio ${port} RTP/AVP ${PCMU} ${EVENTS}`,
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15',
      'a=ptime:20',
      '',
    ].join('\r\n');
  }

  /** @param {string} method @param {string} [body] */
  #request(method, body = '') {
    const to = `<${this.#remote.uri}>${this.#remote.tag}`;
    return [
      `${method} ${this.#remote.target} SIP/2.0`,
      `Via: SIP/2.0/UDP ${this.#address};rport;branch=${this.#branch}`,
      'Max-Forwards: 70',
      `From: ${this.me};tag=${this.#tag}`,
      `To: ${to}`,
      `Call-ID: ${this.#callId}`,
      `CSeq: ${this.#cseq} ${method}`,
      `Contact: <sip:test@${this.#address}>`,
      ...(body ? ['Content-Type: application/sdp'] : []),
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n');
  }

  /** @param {string} message */
  #send(message, port = this.server) {
    this.sip.send(message, port, '127.0.0.1');
  }

  /** @param {string} message @param {number} from */
  #receive(message, from) {
    const status = /^SIP\/2\.0 (\d+)/.exec(message)?.[1];
    if (status === undefined) this.#asked(message, from);
    else if (header(message, 'CSeq').endsWith('INVITE')) this.#told(message, Number(status));
  }

  /** A response to our INVITE. @param {string} message @param {number} status */
  #told(message, status) {
    if (status < 200) return;
    this.#remote.tag = /;tag=[^;>\s]+/.exec(header(message, 'To'))?.[0] ?? '';
    if (status < 300) {
      this.#remote.target = /<([^>]+)>/.exec(header(message, 'Contact'))?.[1] ?? this.#remote.target;
      // The acknowledgement of a 2xx is a transaction of its own (RFC 3261 §13.2.2.4).
      this.#branch = `z9hG4bK${word()}`;
    }
    this.#send(this.#request('ACK'));
    if (this.state !== 'calling') return;
    if (status >= 300) this.#end(`failed ${status}`);
    else this.#talk(message);
  }

  /** A request of the server: answered as a phone does that picks up at once. @param {string} message @param {number} from */
  #asked(message, from) {
    const method = message.split(' ', 1)[0];
    if (method === 'ACK') return;
    const answering = method === 'INVITE' && this.state !== 'calling';
    const tag = header(message, 'To').includes(';tag=') ? '' : `;tag=${this.#tag}`;
    const body = answering ? this.#sdp() : '';
    const via = message.split('\r\n').filter((line) => /^via\s*:/i.test(line));
    const reply = [
      'SIP/2.0 200 OK',
      ...via,
      `From: ${header(message, 'From')}`,
      `To: ${header(message, 'To')}${tag}`,
      `Call-ID: ${header(message, 'Call-ID')}`,
      `CSeq: ${header(message, 'CSeq')}`,
      `Contact: <sip:test@${this.#address}>`,
      ...(body ? ['Content-Type: application/sdp'] : []),
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n');
    this.#send(reply, from);
    if (method === 'BYE' || method === 'CANCEL') this.#end('ended');
    if (answering && this.state !== 'answered') this.#answering(message);
  }

  /** @param {string} message */
  #answering(message) {
    this.#callId = header(message, 'Call-ID');
    this.me = header(message, 'To').replace(/;tag=.*/, '');
    const from = header(message, 'From');
    this.#remote = {
      tag: /;tag=[^;>\s]+/.exec(from)?.[0] ?? '',
      uri: /<([^>]+)>/.exec(from)?.[1] ?? '',
      target: /<([^>]+)>/.exec(header(message, 'Contact'))?.[1] ?? '',
    };
    this.#talk(message);
  }

  /** @param {string} message with the other side's SDP */
  #talk(message) {
    this.#rtp.port = Number(/^m=audio (\d+)/m.exec(message)?.[1] ?? 0);
    this.state = 'answered';
    const begun = performance.now();
    let sent = 0;
    // Timers come late: each time as many packets are sent as are due.
    this.#clock = setInterval(() => {
      for (; sent * 20 <= performance.now() - begun; sent += 1) this.#speak();
    }, 10);
  }

  #speak() {
    const key = this.#keys.shift();
    const pressed = key !== undefined && key.length > 0;
    let payload = key;
    if (!pressed) {
      const frame = this.#sound.subarray(this.#at, this.#at + FRAME);
      this.#at = this.#at + 2 * FRAME > this.#sound.length ? 0 : this.#at + FRAME;
      payload = key === undefined ? frame : Buffer.alloc(FRAME, 0xff);
    }
    const { sequence, time, ssrc, port } = this.#rtp;
    const packet = Buffer.alloc(12);
    packet[0] = 0x80;
    const first = pressed && key.readUInt16BE(2) === FRAME;
    packet[1] = pressed ? EVENTS | (first ? 0x80 : 0) : PCMU;
    packet.writeUInt16BE(sequence, 2);
    // Packets of one key carry the time of its beginning (RFC 4733 §2.2).
    if (first) this.#keyTime = time;
    packet.writeUInt32BE(pressed ? this.#keyTime : time, 4);
    packet.writeUInt32BE(ssrc, 8);
    this.media.send(Buffer.concat([packet, payload ?? Buffer.alloc(0)]), port, '127.0.0.1');
    this.#rtp.sequence = (sequence + 1) & 0xffff;
    this.#rtp.time = (time + FRAME) >>> 0;
  }

  /** @param {Buffer} bytes */
  #listen(bytes) {
    if (bytes.length < 12 + FRAME || ((bytes[1] ?? 0) & 0x7f) !== PCMU) return;
    this.heard.packets += 1;
    const [sequence, ssrc] = [bytes.readUInt16BE(2), bytes.readUInt32BE(8)];
    if (ssrc !== this.#from.ssrc) this.heard.streams += 1;
    else this.heard.missing += (sequence - this.#from.sequence - 1) & 0xffff;
    this.#from = { ssrc, sequence };
    // µ-law's code of a small sample is near 0xff or 0x7f.
    const loud = bytes.subarray(12).some((code) => (~code & 0x7f) > 0x30);
    if (loud) this.heard.loud += 1;
  }

  /** @param {string} state */
  #end(state) {
    clearInterval(this.#clock);
    this.state = state;
  }
}
