import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { statFields } from '../stat-fields.js';

/** A process by pid and start, which together are never used again. */
export interface ProcessId {
  pid: number;
  /** Clock ticks from boot to its start. */
  startTicks: number;
}

interface ProcessStat extends ProcessId {
  name: string;
  state: string;
  parent: number;
  session: number;
}

/** All processes that came of one command. */
export interface Tree {
  /** Those that run now. */
  members(): readonly (ProcessId & { name: string })[];
  /** The same, and children of theirs that have ended and were not waited for. */
  counted(): readonly (ProcessId & { name: string })[];
  signal(signal: NodeJS.Signals): void;
  /** Counts these in, as long as they run: somebody else has seen where they came from. */
  remember(ids: readonly ProcessId[]): void;
}

export interface TreeOrigin {
  /** Parent of the tree and leader of its session, itself no part of it. */
  guardPid: number;
  /** `NAME=value` that all of the tree have in their environment, unless they change it. */
  mark: string;
}

/** The environment variable that marks the processes of a tree. */
export const markName = 'KVBENCH_TREE';

/** Who a process is; null if it has ended, also if only its parent has not noticed yet. */
export function readStat(pid: number): ProcessStat | null {
  const stat = readAnyStat(pid);
  return stat && hasEnded(stat) ? null : stat;
}

function hasEnded({ state }: ProcessStat): boolean {
  return state === 'Z' || state === 'X';
}

function readAnyStat(pid: number): ProcessStat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  const [state = '', parent, , session, ...rest] = statFields(text);
  return {
    pid,
    name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')),
    state,
    parent: Number(parent),
    session: Number(session),
    startTicks: Number(rest[15]),
  };
}

function readProcesses(): Map<number, ProcessStat> {
  const processes = new Map<number, ProcessStat>();
  for (const entry of readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) ? readAnyStat(Number(entry)) : null;
    if (stat) processes.set(stat.pid, stat);
  }
  return processes;
}

/**
 * The tree below a guard. A process belongs to it if it is a child of one that does, or in a
 * session that one began, or has the mark in its environment. Once seen it stays. Nothing else
 * proves where a process came from; a port that it listens on least of all.
 */
export function treeBelow({ guardPid, mark }: TreeOrigin): Tree {
  if (!existsSync('/proc/self/stat')) return groupOf(guardPid);
  const guard = readStat(guardPid);
  return new ProcessTree({ guard, mark, known: [] });
}

/** A process that was not started by us, with its children: to be measured, not to be ended. */
export function treeFrom(pid: number): Pick<Tree, 'members' | 'counted'> {
  const known = readStat(pid);
  return new ProcessTree({ guard: null, mark: null, known: known ? [known] : [] });
}

class ProcessTree implements Tree {
  readonly #known: Map<number, ProcessId & { name: string }>;
  readonly #guard: ProcessStat | null;
  readonly #mark: string | null;
  /** Nothing that is older belongs to it. */
  readonly #sinceTicks: number;

  constructor(seeds: { guard: ProcessStat | null; mark: string | null; known: ProcessStat[] }) {
    this.#guard = seeds.guard;
    this.#mark = seeds.mark;
    this.#known = new Map(seeds.known.map((stat) => [stat.pid, stat]));
    const [first] = seeds.known;
    this.#sinceTicks = seeds.guard?.startTicks ?? first?.startTicks ?? Number.POSITIVE_INFINITY;
  }

  members() {
    return this.#look().members;
  }

  counted() {
    const { members, ended } = this.#look();
    const waiting = ended.filter(({ parent }) => this.#known.has(parent));
    return [...members, ...waiting];
  }

  #look() {
    const all = readProcesses();
    const ended = [...all.values()].filter(hasEnded);
    const running = new Map(all);
    for (const { pid } of ended) running.delete(pid);
    for (const [pid, { startTicks }] of this.#known) {
      if (running.get(pid)?.startTicks !== startTicks) this.#known.delete(pid);
    }
    const guardRuns = running.get(this.#guard?.pid ?? 0)?.startTicks === this.#guard?.startTicks;
    const guardPid = guardRuns ? (this.#guard?.pid ?? null) : null;
    const others = [...running.values()].filter(
      ({ pid, startTicks }) =>
        startTicks >= this.#sinceTicks && pid !== this.#guard?.pid && pid !== process.pid,
    );
    for (let before = -1; before !== this.#known.size; ) {
      before = this.#known.size;
      const sessions = this.#sessions(running, guardPid);
      for (const stat of others) {
        if (this.#known.has(stat.pid)) continue;
        if (
          this.#known.has(stat.parent) ||
          stat.parent === guardPid ||
          sessions.has(stat.session) ||
          (this.#mark !== null && hasInEnvironment(stat.pid, this.#mark))
        ) {
          this.#known.set(stat.pid, stat);
        }
      }
    }
    return { members: [...this.#known.values()], ended };
  }

  /**
   * Sessions that the tree began. A session keeps its number as long as one of its processes runs,
   * so it can't be another's by now. One whose leader runs and is none of ours is not ours either,
   * whoever of ours has got into it.
   */
  #sessions(running: ReadonlyMap<number, ProcessStat>, guardPid: number | null) {
    const sessions = new Set([guardPid]);
    if (!this.#guard) return sessions;
    for (const pid of this.#known.keys()) {
      const session = running.get(pid)?.session;
      // 0: that of a leader in another pid namespace.
      if (!session) continue;
      if (this.#known.has(session) || !running.has(session)) sessions.add(session);
    }
    return sessions;
  }

  signal(signal: NodeJS.Signals) {
    for (const { pid } of this.members()) send(pid, signal);
  }

  remember(ids: readonly ProcessId[]) {
    for (const { pid, startTicks } of ids) {
      const stat = readStat(pid);
      if (stat?.startTicks === startTicks) this.#known.set(pid, stat);
    }
  }
}

/** Where there is no /proc: the process group that the guard leads. */
export function groupOf(guardPid: number): Tree {
  const known = new Map<number, ProcessId & { name: string }>();
  const members = () => [...known.values()].filter(({ pid }) => send(pid, 0));
  return {
    members,
    counted: members,
    signal(signal) {
      // The guard ignores what it gets by this; SIGKILL it sends to the members it knows.
      if (signal !== 'SIGKILL') send(-guardPid, signal);
      else for (const { pid } of known.values()) send(pid, signal);
    },
    remember(ids) {
      for (const id of ids) known.set(id.pid, { ...id, name: '' });
    },
  };
}

/** Whether it arrived: a process may be gone, or not be ours to signal. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

function hasInEnvironment(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
  } catch {
    return false;
  }
}
