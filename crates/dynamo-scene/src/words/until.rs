//! What a run can be played on to, in words.

/// What kinds of things can be waited for, in the order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Clients and their operations.
    Operations,
    /// Hints.
    Hints,
    /// Nodes and messages, and what is believed of them.
    Failures,
    /// What mends replicas.
    Repair,
    /// Joins, leaves, ranges on their way.
    Members,
    /// Disks, tombstones, background work.
    Storage,
}

impl Group {
    /// All of them.
    pub const ALL: [Group; 6] = [
        Group::Operations,
        Group::Hints,
        Group::Failures,
        Group::Repair,
        Group::Members,
        Group::Storage,
    ];

    /// What stands over its part of a list.
    pub fn title(self) -> &'static str {
        match self {
            Group::Operations => "Operations",
            Group::Hints => "Hints",
            Group::Failures => "Failures and opinions",
            Group::Repair => "Repair",
            Group::Members => "Members",
            Group::Storage => "Storage and background",
        }
    }
}

/// A name of `dynamo_sim::until` as the end of “until ...”; nothing if there is no such name.
pub fn until(name: &str) -> Option<(Group, &'static str)> {
    let operation = |words| Some((Group::Operations, words));
    let hint = |words| Some((Group::Hints, words));
    let failure = |words| Some((Group::Failures, words));
    let repair = |words| Some((Group::Repair, words));
    let member = |words| Some((Group::Members, words));
    let storage = |words| Some((Group::Storage, words));
    match name {
        "ended" => operation("an operation ends"),
        "ended-ok" => operation("an operation succeeds"),
        "ended-failed" => operation("an operation fails for certain"),
        "ended-unknown" => operation("a put ends unknown"),
        "conflict" => operation("a read finds siblings"),
        "refuses" => operation("a node refuses a request"),
        "quorum-met" => operation("a quorum is met"),
        "quorum-missed" => operation("a quorum is missed"),
        "out-of-reach" => operation("a read cannot reach R any more"),
        "nothing-there" => operation("a read finds nothing"),
        "late-answer" => operation("an answer comes too late"),
        "coordinates" => operation("a node coordinates a request"),
        "hands-on" => operation("a write is handed on"),
        "chooses" => operation("a node is chosen to coordinate a write"),
        "drives" => operation("a client sends to a replica itself"),
        "knows-already" => operation("a request comes a second time"),
        "answers-again" => operation("a repeated put is answered as before"),
        "overruled" => operation("a write is dropped: a later stamp wins"),
        "clock-truncated" => operation("a clock is truncated"),

        "stands-in" => hint("a node stands in for another"),
        "hint-kept" => hint("a hint is kept"),
        "hint-offered" => hint("a hint is offered to its owner"),
        "hint-delivered" => hint("a hint comes home"),
        "hint-forgotten" => hint("a hint is forgotten"),
        "hint-grew" => hint("a hint grows on its way"),
        "hint-rerouted" => hint("a hint goes to new owners"),
        "hint-lost" => hint("a hint is lost"),

        "crashed" => failure("a node crashes"),
        "started" => failure("a node starts"),
        "message-lost" => failure("a message is lost"),
        "seems-down" => failure("a node is suspected"),
        "seems-up" => failure("a suspicion ends"),
        "phi-crossed" => failure("phi crosses its threshold"),

        "leaves-behind" => repair("a write leaves a replica behind"),
        "read-repair" => repair("a read repair is sent"),
        "exchange-begun" => repair("two nodes begin to compare trees"),
        "key-repaired" => repair("a comparison mends a key"),
        "exchange-ended" => repair("a comparison of trees ends"),
        "trees-built" => repair("trees are built"),

        "change-heard" => member("a node hears of a change"),
        "change-agreed" => member("a change is agreed"),
        "change-in-effect" => member("a change takes effect"),
        "change-refused" => member("a change is refused"),
        "ranges-offered" => member("ranges are offered"),
        "ranges-confirmed" => member("ranges are confirmed"),
        "ranges-given" => member("ranges are given"),
        "not-mine" => member("a node is asked that is no owner"),
        "replica-dropped" => member("a replica that does not belong is dropped"),
        "emptied" => member("a node that left is empty"),
        "learns-ring" => member("a client learns the ring"),

        "asks-durably" => storage("a replica is asked to store at once"),
        "buffer-flushed" => storage("a write buffer is stored"),
        "sector-broken" => storage("a bad sector is found"),
        "no-room" => storage("a disk is full"),
        "tombstone-stays" => storage("a tombstone must stay"),
        "tombstone-reaped" => storage("a tombstone is erased"),
        "background-slows" => storage("background work gives way"),
        "background-recovers" => storage("background work gets more room"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;

    #[test]
    fn whatever_can_be_waited_for_has_words_of_its_own() {
        let said = |name| until(name).unwrap_or_else(|| panic!("{name} has no words"));
        let all: BTreeSet<&str> = dynamo_sim::until::names().map(|name| said(name).1).collect();
        assert_eq!(all.len(), dynamo_sim::until::names().count());
        assert_eq!(until("hint-kept-by-nobody"), None);
    }
}
