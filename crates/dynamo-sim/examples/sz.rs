#![allow(missing_docs)]
fn main(){ use dynamo_core::*; use dynamo_sim::*;
macro_rules! s{($($t:ty),*)=>{$(println!("{} {}", stringify!($t), std::mem::size_of::<$t>());)*}}
s!(Message, MessageName, Subject, Task, TaskKind, Slot, Versions, Effect, Input, Fact, Operation, Outcome, Record, TraceEvent, Timer, Key, RequestId, Endpoint, Command, Sibling, dynamo_core::node::put::Put, dynamo_core::node::put::Write, dynamo_core::node::get::ReadReply,dynamo_core::node::get::GetReply,dynamo_core::node::put::PutReply, dynamo_core::node::put::WriteAck,dynamo_core::node::reap::Reap,dynamo_core::node::sync::Compare,dynamo_core::node::sync::Hashes,dynamo_core::node::transfer::RangeOffer,dynamo_core::node::gossip::Digest,dynamo_core::node::not_mine::NotMine, dynamo_sim::trace::Started, ContextToken);}
