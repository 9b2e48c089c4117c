import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A socket that takes connections, as `/proc/net/tcp` has it. */
export interface Listener {
  /** `127.0.0.1`, `0.0.0.0`, `::`, … */
  address: string;
  port: number;
  inode: string;
}

const listening = '0A';

/**
 * All that listen on TCP; none where there is no /proc. That takes long where there are many connections, or were
 * a minute ago: nothing asks for it again and again.
 */
function readListeners(): Listener[] {
  return ['tcp', 'tcp6'].flatMap((file) => {
    try {
      return parseListeners(readFileSync(`/proc/net/${file}`, 'utf8'));
    } catch {
      return [];
    }
  });
}

/** The listening sockets of a `/proc/net/tcp` or `tcp6` file. */
export function parseListeners(text: string): Listener[] {
  const rows = text.split('\n').slice(1);
  return rows.flatMap((row) => {
    const fields = row.trim().split(/\s+/);
    const [address = '', port = ''] = (fields[1] ?? '').split(':');
    if (fields[3] !== listening) return [];
    return [
      { address: parseAddress(address), port: Number.parseInt(port, 16), inode: fields[9] ?? '' },
    ];
  });
}

/** Words of 32 bits, each with its bytes in the order of the machine: little-endian ones here. */
function parseAddress(hex: string): string {
  const bytes = hex.match(/.{8}/g)?.flatMap((word) => (word.match(/../g) ?? []).reverse()) ?? [];
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  const groups = bytes.join('').match(/.{4}/g) ?? [];
  const long = groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
  // As URLs write it: `::` for the longest zeros.
  return new URL(`http://[${long}]`).hostname.slice(1, -1);
}

/** Where something listens that is asked for at 127.0.0.1. */
const reached4 = new Set(['127.0.0.1', '0.0.0.0', '::', '::ffff:7f00:1']);

/** Whether a socket takes what is sent to that port of 127.0.0.1. */
export function takesLoopback({ address, port }: Omit<Listener, 'inode'>, wanted: number): boolean {
  return port === wanted && reached4.has(address);
}

/** Inodes of the sockets that take what is sent to that port of 127.0.0.1. */
function listeningInodes(port: number): string[] {
  return readListeners()
    .filter((listener) => takesLoopback(listener, port))
    .map(({ inode }) => inode);
}

/** Whether a process has one of these sockets open; false if it does not let us see. */
function holdsSocket(pid: number, inodes: readonly string[]): boolean {
  return inodes.length > 0 && inodes.some((inode) => openSockets(pid).has(inode));
}

/** Where these processes listen. */
export function listenersOf(pids: readonly number[]): Listener[] {
  const open = new Set(pids.flatMap((pid) => [...openSockets(pid)]));
  return readListeners().filter(({ inode }) => open.has(inode));
}

/** The process that takes what is sent to a port of 127.0.0.1, as far as it can be seen. */
export function ownerOf(port: number): { pid: number; name: string } | null {
  const inodes = listeningInodes(port);
  try {
    const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
    const pid = pids.map(Number).find((candidate) => holdsSocket(candidate, inodes));
    return pid ? { pid, name: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() } : null;
  } catch {
    return null;
  }
}

function openSockets(pid: number): Set<string> {
  const inodes = new Set<string>();
  try {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode) inodes.add(inode);
    }
  } catch {
    // It has ended, or is another user's.
  }
  return inodes;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
