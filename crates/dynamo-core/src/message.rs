//! Every message, one line a variant; the payloads are defined in the conversations.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{Endpoint, Key, Poll, RequestId, Subject, Task, TaskKind};
use crate::node::get::{Get, GetReply, Read, ReadReply};
use crate::node::gossip::{Digest, News};
use crate::node::library::RingReply;
use crate::node::not_mine::NotMine;
use crate::node::put::{Put, PutReply, Write, WriteAck};
use crate::node::reap::{Reap, ReapVote};
use crate::node::sync::{Compare, Hashes};
use crate::node::transfer::RangeOffer;

/// What travels between endpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// A client's write, or a node handing it on.
    Put(Put),
    /// The end of a write, to the client.
    PutReply(PutReply),
    /// A client's read.
    Get(Get),
    /// The end of a read, to the client.
    GetReply(GetReply),
    /// To the node that handed a request on: it is in hand.
    Taken(RequestId),
    /// To a replica: take this set in.
    Write(Write),
    /// From a replica: it is stored.
    WriteAck(WriteAck),
    /// To a replica: what do you hold?
    Read(Read),
    /// From a replica: this.
    ReadReply(ReadReply),
    /// To a node that seems down: are you there?
    Ping(Task),
    /// I am.
    Pong(Task),
    /// To a replica that buffers: take this set in and answer when it is stored (6.1).
    DurableWrite(Write),
    /// From a replica that buffers: it is in the buffer, and a crash would lose it (6.1).
    BufferedAck(WriteAck),
    /// To every member: may this tombstone be erased?
    ReapQuery(Reap),
    /// From a member: yes, or not yet.
    ReapVote(ReapVote),
    /// To a primary: erase it.
    Reap(Reap),
    /// To a node that keeps the same ranges: what stands below these nodes of your trees (4.7)?
    Compare(Compare),
    /// From a node that keeps the same ranges: this.
    Hashes(Hashes),
    /// To a replica whose tree differs: take this set in and send back what you have beyond it
    /// (4.7).
    Mend(Write),
    /// From a replica that was asked as an owner and is none (4.9).
    NotMine(NotMine),
    /// To a random peer: is your history this one? (4.8.1)
    Gossip(Digest),
    /// It is not: this is mine (4.8.1).
    History(News),
    /// To a new owner: shall I give you these ranges? (4.9)
    RangeOffer(RangeOffer),
    /// Yes (4.9).
    RangeConfirm(RangeOffer),
    /// A client's library: who is a member, who owns what (6.4)?
    RingPoll(Poll),
    /// From a node: this.
    RingReply(RingReply),
    /// A client's write, sent before under the same name.
    PutAgain(Put),
    /// A client's read, sent before under the same name.
    GetAgain(Get),
}

/// A message's kind, without its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is the variant of Message of the same name")]
pub enum MessageKind {
    Put,
    PutReply,
    Get,
    GetReply,
    Taken,
    Write,
    WriteAck,
    Read,
    ReadReply,
    Ping,
    Pong,
    DurableWrite,
    BufferedAck,
    ReapQuery,
    ReapVote,
    Reap,
    Compare,
    Hashes,
    Mend,
    NotMine,
    Gossip,
    History,
    RangeOffer,
    RangeConfirm,
    RingPoll,
    RingReply,
    PutAgain,
    GetAgain,
}

impl MessageKind {
    /// Every kind.
    pub const ALL: [MessageKind; 28] = [
        MessageKind::Put,
        MessageKind::PutReply,
        MessageKind::Get,
        MessageKind::GetReply,
        MessageKind::Taken,
        MessageKind::Write,
        MessageKind::WriteAck,
        MessageKind::Read,
        MessageKind::ReadReply,
        MessageKind::Ping,
        MessageKind::Pong,
        MessageKind::DurableWrite,
        MessageKind::BufferedAck,
        MessageKind::ReapQuery,
        MessageKind::ReapVote,
        MessageKind::Reap,
        MessageKind::Compare,
        MessageKind::Hashes,
        MessageKind::Mend,
        MessageKind::NotMine,
        MessageKind::Gossip,
        MessageKind::History,
        MessageKind::RangeOffer,
        MessageKind::RangeConfirm,
        MessageKind::RingPoll,
        MessageKind::RingReply,
        MessageKind::PutAgain,
        MessageKind::GetAgain,
    ];

    /// The word for it in scripts and transcripts.
    pub fn name(self) -> &'static str {
        match self {
            MessageKind::Put => "put",
            MessageKind::PutReply => "put-reply",
            MessageKind::Get => "get",
            MessageKind::GetReply => "get-reply",
            MessageKind::Taken => "taken",
            MessageKind::Write => "write",
            MessageKind::WriteAck => "write-ack",
            MessageKind::Read => "read",
            MessageKind::ReadReply => "read-reply",
            MessageKind::Ping => "ping",
            MessageKind::Pong => "pong",
            MessageKind::DurableWrite => "durable-write",
            MessageKind::BufferedAck => "buffered-ack",
            MessageKind::ReapQuery => "reap-query",
            MessageKind::ReapVote => "reap-vote",
            MessageKind::Reap => "reap",
            MessageKind::Compare => "compare",
            MessageKind::Hashes => "hashes",
            MessageKind::Mend => "mend",
            MessageKind::NotMine => "not-mine",
            MessageKind::Gossip => "gossip",
            MessageKind::History => "history",
            MessageKind::RangeOffer => "range-offer",
            MessageKind::RangeConfirm => "range-confirm",
            MessageKind::RingPoll => "ring-poll",
            MessageKind::RingReply => "ring-reply",
            MessageKind::PutAgain => "put-again",
            MessageKind::GetAgain => "get-again",
        }
    }
}

impl MessageKind {
    /// Whether messages of this kind travel all the time and without news.
    pub fn is_background(self) -> bool {
        matches!(
            self,
            MessageKind::Ping
                | MessageKind::Pong
                | MessageKind::RingPoll
                | MessageKind::RingReply
                | MessageKind::Gossip
                | MessageKind::Compare
                | MessageKind::Hashes
                | MessageKind::ReapQuery
                | MessageKind::ReapVote
                | MessageKind::Reap
        )
    }
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Message {
    /// Its kind.
    pub fn kind(&self) -> MessageKind {
        match self {
            Message::Put(_) => MessageKind::Put,
            Message::PutReply(_) => MessageKind::PutReply,
            Message::Get(_) => MessageKind::Get,
            Message::GetReply(_) => MessageKind::GetReply,
            Message::Taken(_) => MessageKind::Taken,
            Message::Write(_) => MessageKind::Write,
            Message::WriteAck(_) => MessageKind::WriteAck,
            Message::Read(_) => MessageKind::Read,
            Message::ReadReply(_) => MessageKind::ReadReply,
            Message::Ping(_) => MessageKind::Ping,
            Message::Pong(_) => MessageKind::Pong,
            Message::DurableWrite(_) => MessageKind::DurableWrite,
            Message::BufferedAck(_) => MessageKind::BufferedAck,
            Message::RingPoll(_) => MessageKind::RingPoll,
            Message::RingReply(_) => MessageKind::RingReply,
            Message::PutAgain(_) => MessageKind::PutAgain,
            Message::GetAgain(_) => MessageKind::GetAgain,
            Message::ReapQuery(_) => MessageKind::ReapQuery,
            Message::ReapVote(_) => MessageKind::ReapVote,
            Message::Reap(_) => MessageKind::Reap,
            Message::Compare(_) => MessageKind::Compare,
            Message::Hashes(_) => MessageKind::Hashes,
            Message::Mend(_) => MessageKind::Mend,
            Message::NotMine(_) => MessageKind::NotMine,
            Message::Gossip(_) => MessageKind::Gossip,
            Message::History(_) => MessageKind::History,
            Message::RangeOffer(_) => MessageKind::RangeOffer,
            Message::RangeConfirm(_) => MessageKind::RangeConfirm,
        }
    }

    /// On whose behalf it travels.
    pub fn subject(&self) -> Subject {
        match self {
            Message::Put(put) | Message::PutAgain(put) => Subject::Request(put.request),
            Message::PutReply(reply) => Subject::Request(reply.request),
            Message::Get(get) | Message::GetAgain(get) => Subject::Request(get.request),
            Message::GetReply(reply) => Subject::Request(reply.request),
            Message::Taken(request) => Subject::Request(*request),
            Message::Write(write) | Message::DurableWrite(write) | Message::Mend(write) => {
                write.subject.clone()
            }
            Message::WriteAck(ack) | Message::BufferedAck(ack) => ack.subject.clone(),
            Message::Read(read) => Subject::Request(read.request),
            Message::ReadReply(reply) => Subject::Request(reply.request),
            Message::Ping(task) | Message::Pong(task) => Subject::Task(task.clone()),
            Message::RingPoll(poll) => Subject::Poll(poll.clone()),
            Message::RingReply(reply) => Subject::Poll(reply.poll.clone()),
            Message::ReapQuery(reap) | Message::Reap(reap) => Subject::Task(reap.task.clone()),
            Message::ReapVote(vote) => Subject::Task(vote.task.clone()),
            Message::Compare(compare) => Subject::Task(compare.task.clone()),
            Message::Hashes(hashes) => Subject::Task(hashes.task.clone()),
            Message::NotMine(answer) => answer.subject.clone(),
            Message::Gossip(digest) => Subject::Task(digest.task.clone()),
            Message::History(news) => Subject::Task(news.task.clone()),
            Message::RangeOffer(offer) | Message::RangeConfirm(offer) => {
                Subject::Task(offer.task.clone())
            }
        }
    }

    /// The key it is about, if it is about one.
    pub fn key(&self) -> Option<&Key> {
        match self {
            Message::Put(put) | Message::PutAgain(put) => Some(&put.key),
            Message::PutReply(reply) => Some(&reply.key),
            Message::Get(get) | Message::GetAgain(get) => Some(&get.key),
            Message::GetReply(reply) => Some(&reply.key),
            Message::Write(write) | Message::DurableWrite(write) | Message::Mend(write) => {
                Some(&write.slot.key)
            }
            Message::WriteAck(ack) | Message::BufferedAck(ack) => Some(&ack.slot.key),
            Message::Read(read) => Some(&read.slot.key),
            Message::ReadReply(reply) => Some(&reply.key),
            Message::ReapQuery(reap) | Message::Reap(reap) => reap.task.kind.key(),
            Message::ReapVote(vote) => vote.task.kind.key(),
            Message::NotMine(answer) => Some(&answer.slot.key),
            Message::Taken(_)
            | Message::Ping(_)
            | Message::Pong(_)
            | Message::Compare(_)
            | Message::Hashes(_)
            | Message::Gossip(_)
            | Message::History(_)
            | Message::RangeOffer(_)
            | Message::RangeConfirm(_)
            | Message::RingPoll(_)
            | Message::RingReply(_) => None,
        }
    }

    /// The same request once more.
    pub fn again(self) -> Message {
        match self {
            Message::Put(put) => Message::PutAgain(put),
            Message::Get(get) => Message::GetAgain(get),
            other => other,
        }
    }

    /// The set that a replica is to take in, whatever is asked to be promised.
    pub fn as_write(&self) -> Option<&Write> {
        match self {
            Message::Write(write) | Message::DurableWrite(write) | Message::Mend(write) => {
                Some(write)
            }
            _ => None,
        }
    }

    /// Whether it asks for something; otherwise it answers.
    pub fn is_request(&self) -> bool {
        matches!(
            self,
            Message::Put(_)
                | Message::PutAgain(_)
                | Message::Get(_)
                | Message::GetAgain(_)
                | Message::Write(_)
                | Message::DurableWrite(_)
                | Message::Read(_)
                | Message::Ping(_)
                | Message::RingPoll(_)
                | Message::ReapQuery(_)
                | Message::Reap(_)
                | Message::Compare(_)
                | Message::Mend(_)
                | Message::Gossip(_)
                | Message::RangeOffer(_)
        )
    }

    /// Whether it is part of the work that nobody waits for and that goes on for ever: asking
    /// whether a node is back, comparing trees and mending what differs, asking about tombstones.
    pub fn is_background(&self) -> bool {
        let is_repair = |task: &Task| matches!(task.kind, TaskKind::Repair { .. });
        self.kind().is_background()
            || matches!(self.subject(), Subject::Task(task) if is_repair(&task))
    }
}

/// The name of one message in a run: its fate is hashed from it, commands and pictures use it.
/// It does not depend on what else happens, so a change elsewhere renames nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MessageName {
    /// On whose behalf.
    pub subject: Subject,
    /// What kind.
    pub kind: MessageKind,
    /// From whom.
    pub from: Endpoint,
    /// To whom.
    pub to: Endpoint,
}

impl fmt::Display for MessageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.kind, self.subject, self.from, self.to)
    }
}
