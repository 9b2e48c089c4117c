use super::*;
use crate::schedule::{Arrivals, Pace};
use crate::server::Pulse;

const ALONE: Share = Share { index: 0, count: 1 };

fn messages() -> Vec<Message> {
    let text = r#"[{"name":"get","method":"GET","writes":false,"repeatable":true,"path":[],"head":[],
        "lastHead":[],"body":[],"stored":{"statuses":[200],"match":"any","text":[]},"missing":null}]"#;
    serde_json::from_str(text).expect("messages")
}

fn phase(sequence: &[u32], start: Option<usize>, share: Share, rate: Option<f64>) -> Phase {
    let plan = Plan {
        mix: vec![0],
        sequence: sequence.into(),
        start,
        latest: false,
        share,
    };
    let schedule = rate.map(|rate_per_second| {
        let pace = Pace {
            rate_per_second,
            arrivals: Arrivals::Constant,
            later: None,
        };
        Schedule::new(pace, 1000.0, 1, 1, 0)
    });
    Phase::new(plan, schedule, None)
}

/// The keys of the next requests, until none comes at that moment.
fn keys(phase: &mut Phase, now: u64, most: usize) -> Vec<u32> {
    let (messages, mut model) = (messages(), StoreModel::new(100, ALONE));
    let mut keys = Vec::new();
    while keys.len() < most {
        match phase.next(now, &mut model, &messages) {
            Next::Request(turn) => keys.push(turn.key),
            Next::Waiting | Next::Over => break,
        }
    }
    keys
}

#[test]
fn goes_through_a_sequence_once_or_round_and_round() {
    let once = &mut phase(&[4, 5, 6], None, ALONE, None);
    assert_eq!(keys(once, 0, 10), [4, 5, 6]);
    let round = &mut phase(&[4, 5, 6], Some(2), ALONE, None);
    assert_eq!(keys(round, 0, 5), [6, 4, 5, 6, 4]);
    assert_eq!(round.planned, 5);
}

#[test]
fn takes_only_the_keys_of_its_share() {
    let share = Share { index: 1, count: 3 };
    assert_eq!(
        keys(&mut phase(&[0, 1, 2, 4, 7, 9], Some(0), share, None), 0, 4),
        [1, 4, 7, 1]
    );
}

#[test]
fn counts_cycles_from_the_first_answer_to_the_first_after_the_end() {
    let phase = &mut phase(&[0], Some(0), ALONE, None);
    phase.close_at(100, 2);
    // One that is fast and one that is slow.
    let fast = phase.cycle(Cycle::NotYet, true, 10);
    let slow = phase.cycle(Cycle::NotYet, true, 60);
    assert!(fast == Cycle::Since(10) && slow == Cycle::Since(60));
    let fast = phase.cycle(fast, true, 50);
    let fast = phase.cycle(fast, false, 110);
    assert!(fast == Cycle::Ended);
    // It goes on while the other counts, and counts no more.
    assert_eq!(keys(phase, 120, 1), [0]);
    assert!(phase.cycle(fast, true, 130) == Cycle::Ended);
    assert!(phase.cycle(slow, true, 160) == Cycle::Ended);
    assert!(keys(phase, 170, 1).is_empty());
    assert_eq!((phase.cycles_answered, phase.cycles_ns), (2, 100 + 100));
    assert_eq!(phase.ended, 160);
}

#[test]
fn gives_up_what_nobody_is_free_for_in_time() {
    let ms = 1_000_000;
    let phase = &mut phase(&[7], Some(0), ALONE, Some(100.0));
    // Ten slots, at 0, 10, … 90 ms.
    phase.open_until(0, 100.0, 150 * ms);
    assert_eq!(keys(phase, 25 * ms, 10), [7, 7, 7]);
    assert!(keys(phase, 26 * ms, 10).is_empty());
    assert_eq!(phase.next_due(), 30 * ms);
    // The next one is free too late.
    assert!(keys(phase, 151 * ms, 10).is_empty());
    assert_eq!((phase.planned, phase.sent_in_window), (10, 3));
    assert_eq!((phase.censored, phase.censored_at_least), (7, 61 * ms));
    assert_eq!(phase.next_due(), u64::MAX);
    phase.end_slice();
    assert_eq!(phase.sending_ns, 151 * ms);
}

#[test]
fn holds_stalls_against_what_waited_for_them() {
    let phase = &mut phase(&[7], Some(0), ALONE, Some(100.0));
    phase.open_until(0, 100.0, u64::MAX);
    // A stall of 40 since the backlog was empty, and waits of 10 and 100.
    assert_eq!(phase.held_up(90, 100, 40), 10);
    assert_eq!(phase.held_up(0, 100, 40), 40);
    phase.clear(40);
    assert_eq!(phase.held_up(0, 100, 40), 0);
}

#[test]
fn a_server_is_silent_while_something_is_under_way_and_nothing_comes() {
    let (second, timeout) = (1_000_000_000, 1_000_000_000);
    let mut pulse = Pulse::default();
    pulse.begin(0);
    assert!(!pulse.is_silent(100 * second, timeout));
    // After a pause nothing is held against it.
    pulse.sent(100 * second);
    assert!(!pulse.is_silent(101 * second, timeout));
    assert!(pulse.is_silent(102 * second, timeout));
    pulse.sent(102 * second);
    pulse.ended(true, 102 * second);
    assert!(!pulse.is_silent(103 * second, timeout));
    pulse.ended(false, 103 * second);
    assert!(!pulse.is_silent(200 * second, timeout));
}

#[test]
fn tells_what_a_response_time_is_made_of() {
    let due = 1_000;
    // Lag, sending, arrival, reading; then waiting, server and picking up.
    let cases = [
        (0, 1_000, Some(1_500), 1_500, (0, 500, 0)),
        (0, 1_000, Some(1_500), 1_520, (0, 500, 20)),
        (30, 1_030, Some(1_500), 1_520, (0, 470, 20)),
        (30, 1_230, Some(1_500), 1_520, (200, 270, 20)),
        (30, 1_230, None, 1_520, (200, 290, 0)),
    ];
    for (lag, sent_at, arrived_at, read_at, (waiting, server, picked_up)) in cases {
        let phase = &mut phase(&[1], Some(0), ALONE, Some(1.0));
        phase.recorder = Some(Recorder::new());
        let turn = Turn {
            place: 0,
            key: 1,
            miss: false,
            due,
        };
        let timing = Timing {
            lag,
            sent_at,
            arrived_at,
            read_at,
            disturbed: false,
        };
        phase.succeed(&turn, &timing);
        let recorder = phase.recorder.as_ref().expect("a recorder");
        let parts = &recorder.parts;
        assert_eq!(parts.stamped, u64::from(arrived_at.is_some()));
        // Small enough that a histogram knows them to the ns.
        assert_eq!(parts.waiting.max(), waiting);
        assert_eq!(parts.server.max(), server);
        assert_eq!(parts.picked_up.max(), picked_up);
        assert_eq!(parts.ours.max(), lag + picked_up);
        assert_eq!(parts.theirs.max(), waiting + server);
        assert_eq!(recorder.undisturbed_time.max(), waiting + server);
        assert_eq!(recorder.response_time.max(), read_at - due);
        assert_eq!(read_at - due, lag + waiting + server + picked_up);
    }
}
