// The built server as an operator runs it: its own folder, a free port, settings from the environment.
import { execFile, spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const target = path.resolve(root, process.env.CARGO_TARGET_DIR || 'target');
const binary = path.join(target, 'debug', 'countersign');
const patience = 60_000;

export const screenshots = path.join(root, 'tests', 'screenshots');
export const documentScreenshots = path.join(root, 'docs', 'screenshots');

/** The databases to test on. */
export function databases() {
  return ['sqlite', 'postgres'];
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Starts a server on a database of its own. */
export async function startServer(kind, name) {
  if (!fs.existsSync(binary)) throw new Error(`${binary} is missing; run cargo build --workspace first`);
  fs.mkdirSync(path.join(target, 'browser'), { recursive: true });
  const folder = fs.mkdtempSync(path.join(target, 'browser', `${name}-`));
  const server = new Server(kind, folder, await freePort());
  try {
    await server.start();
  } catch (error) {
    await server.stop().catch(() => {});
    throw error;
  }
  return server;
}

class Server {
  #process;
  #exit;
  #output = '';
  #database = null;

  constructor(kind, folder, port) {
    this.kind = kind;
    this.folder = folder;
    this.url = `http://127.0.0.1:${port}`;
    // The tests' own variables share the product's prefix, and it refuses what it does not know.
    const inherited = Object.entries(process.env).filter(([key]) => !key.startsWith('COUNTERSIGN_'));
    this.environment = {
      ...Object.fromEntries(inherited),
      COUNTERSIGN_SERVER__LISTEN: `127.0.0.1:${port}`,
      COUNTERSIGN_SERVER__PUBLIC_URL: this.url,
    };
  }

  async start() {
    if (this.kind === 'postgres') await this.#createDatabase();
    this.#process = spawn(binary, ['serve'], { cwd: this.folder, env: this.environment, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#exit = new Promise((resolve) => this.#process.once('exit', (code, signal) => resolve({ code, signal })));
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => { this.#output += text; });
    }
    const listening = await this.#printed(/^listening on (http:\/\/\S+)$/m);
    if (listening !== this.url) throw new Error(`asked for ${this.url}, but the server says ${listening}`);
    await this.#ready();
  }

  /** The one-time link of a server without an administrator. */
  setupLink() {
    return this.#printed(/(https?:\/\/\S*\/setup\S*)/);
  }

  /** Everything printed so far, standard output and log. */
  output() {
    return this.#output;
  }

  /** Runs another command of the same binary with the same settings; answers with its standard output. */
  async command(args, input = '') {
    const running = run(binary, args, { cwd: this.folder, env: this.environment, timeout: patience });
    running.child.stdin.end(input);
    const { stdout } = await running;
    return stdout.trim();
  }

  /** Ends the server as an operator does; says whether it went in good order. */
  async stop() {
    let inOrder = true;
    if (this.#process && this.#process.exitCode === null) {
      this.#process.kill('SIGTERM');
      const timer = setTimeout(() => this.#process.kill('SIGKILL'), 20_000);
      const { code } = await this.#exit;
      clearTimeout(timer);
      inOrder = code === 0;
    }
    if (this.#database) await psql(`DROP DATABASE IF EXISTS ${this.#database} WITH (FORCE)`);
    // The log stays to be read; the data is of no use to anyone.
    fs.writeFileSync(path.join(this.folder, 'output.log'), this.#output);
    fs.rmSync(path.join(this.folder, 'data'), { recursive: true, force: true });
    return inOrder;
  }

  async #createDatabase() {
    if (!process.env.COUNTERSIGN_TEST_POSTGRES) {
      throw new Error('COUNTERSIGN_TEST_POSTGRES is not set; run cargo xtask test, which starts PostgreSQL');
    }
    this.#database = `browser_${crypto.randomBytes(6).toString('hex')}`;
    await psql(`CREATE DATABASE ${this.#database}`);
    const address = new URL(process.env.COUNTERSIGN_TEST_POSTGRES);
    address.pathname = `/${this.#database}`;
    this.environment.COUNTERSIGN_DATABASE__URL = address.href;
    this.environment.COUNTERSIGN_DATABASE__MIGRATE_ON_START = 'true';
    // With a database that is not in this folder the master key is the operator's to make.
    await this.command(['init']);
  }

  async #ready() {
    const deadline = Date.now() + patience;
    for (;;) {
      const answer = await fetch(`${this.url}/health/ready`).catch(() => null);
      if (answer?.ok) return;
      if (Date.now() > deadline) throw new Error(`/health/ready never said so (${answer?.status})\n${this.#tail()}`);
      await pause(100);
    }
  }

  async #printed(pattern) {
    const deadline = Date.now() + patience;
    for (;;) {
      const found = this.#output.match(pattern);
      if (found) return found[1];
      if (this.#process.exitCode !== null) throw new Error(`the server ended with ${this.#process.exitCode}\n${this.#tail()}`);
      if (Date.now() > deadline) throw new Error(`the server never printed ${pattern}\n${this.#tail()}`);
      await pause(50);
    }
  }

  #tail() {
    return this.#output.split('\n').slice(-15).join('\n');
  }
}

async function psql(statement) {
  await run('psql', ['--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--command', statement, process.env.COUNTERSIGN_TEST_POSTGRES]);
}

export function pause(milliseconds) {
  return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
}
