//! Worlds for a search: the setup is somebody's own, and what happens in it is drawn. Here nobody
//! spares a last copy and nothing is mended in the end.

use alloc::vec::Vec;

use dynamo_core::{Duration, Key};

use super::faults::{ail, fail_links, hit, neighbours, set_back};
use super::{Draw, Mixture, act, push};
use crate::chance::Seed;
use crate::script::{Script, Setup};
use crate::time::{Moment, Time};

/// How long a drawn world goes on after the last act: hints come home and trees are compared.
const AFTERWARDS: Duration = Duration::seconds(5);

/// A kind of trouble that may come over a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nodes crash and start again.
    Crashes,
    /// Links are cut, held back, or bad for a while.
    Links,
    /// Single messages are lost, delayed or doubled.
    Messages,
    /// Machines stand still, are slow, go by wrong clocks or have no room.
    Machines,
    /// Disks are wiped, go bad, or are set back to a backup.
    Disks,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Trouble; 5] =
        [Trouble::Crashes, Trouble::Links, Trouble::Messages, Trouble::Machines, Trouble::Disks];
}

/// What clients are wont to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Habits {
    /// How many in a hundred puts go without the context that their client holds.
    pub loose_puts: u64,
    /// How many in a hundred puts delete.
    pub deletes: u64,
}

/// The world of a seed in this setup: every seed draws which of the troubles it knows at all, and
/// when they come.
pub fn dared(setup: &Setup, troubles: &[Trouble], habits: Habits, seed: u64) -> Script {
    let mut script = Script::new(Setup { seed: Seed(seed), ..setup.clone() });
    let mut draw = Draw { seed: Seed(seed), purpose: "dare", count: 0 };
    let knows = |trouble| draw.percent(70) && troubles.contains(&trouble);
    let [crashes, links, messages, machines, disks] = Trouble::ALL.map(knows);
    let mut weight = |known: bool, weights: &[u64]| if known { draw.pick(weights) } else { 0 };
    let mixture = Mixture {
        crashes: weight(crashes, &[10, 25]),
        cuts: weight(links, &[5, 15]),
        fates: weight(messages, &[10, 25]),
        loose_puts: habits.loose_puts,
        settings: 0,
        deletes: habits.deletes,
    };
    let clients = draw.between(2, 4) as u16;
    let keys: Vec<Key> = Key::new("cart").ok().into_iter().collect();
    let mut time = Time::ZERO;
    for _ in 0..draw.between(4, 20) {
        let longest = draw.pick_pause();
        time = time + Duration::millis(draw.between(0, longest / 1_000));
        if let Some(command) = act(&mut draw, &script, &mixture, clients, &keys) {
            push(&mut script, Moment::at(time), command);
        }
    }
    if disks {
        let count = draw.between(1, setup.nodes.into());
        let victims = neighbours(&mut draw, setup.nodes, count);
        hit(&mut draw, &mut script, time, &keys, &victims);
        set_back(&mut draw, &mut script, time, &victims);
    }
    if links {
        fail_links(&mut draw, &mut script, time);
    }
    if machines {
        ail(&mut draw, &mut script, time);
    }
    script.until = Some(time + AFTERWARDS);
    script
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Command;
    use alloc::string::ToString;

    const HABITS: Habits = Habits { loose_puts: 30, deletes: 20 };

    #[test]
    fn a_dared_world_keeps_the_setup_and_can_be_written_and_read_back() {
        let setup = Setup { nodes: 7, ..Setup::default() };
        for seed in 0..200 {
            let drawn = dared(&setup, &Trouble::ALL, HABITS, seed);
            assert_eq!(drawn.setup, Setup { seed: Seed(seed), ..setup.clone() });
            assert_eq!(drawn.to_string().parse::<Script>().as_ref(), Ok(&drawn));
        }
    }

    #[test]
    fn without_troubles_there_are_clients_and_nothing_else() {
        for seed in 0..200 {
            let drawn = dared(&Setup::default(), &[], HABITS, seed);
            let is_operation = |command: &Command| matches!(command, Command::Operation(_));
            assert!(drawn.lines.iter().all(|line| is_operation(&line.command)));
        }
    }
}
