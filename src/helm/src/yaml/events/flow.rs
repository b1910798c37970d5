//! Lists and maps in brackets and braces.

use super::{Event, Events, Kind, Properties, State, Step, empty};

impl<'a> Events<'a> {
    pub(super) fn flow_sequence_entry(&mut self, first: bool) -> Step<'a> {
        if first {
            self.open()?;
        }
        if !self.next_is(&[Kind::FlowSequenceEnd])? {
            if !first {
                if !self.next_is(&[Kind::FlowEntry])? {
                    return Err(self.fault("did not find expected ',' or ']'"));
                }
                self.skip();
            }
            if self.next_is(&[Kind::Key])? {
                let mark = self.peek()?.start;
                self.skip();
                self.state = State::PairKey;
                return Ok((Event::MappingStart(Properties::default()), mark));
            }
            if !self.next_is(&[Kind::FlowSequenceEnd])? {
                self.states.push(State::FlowSequenceEntry { first: false });
                return self.node(false, false);
            }
        }
        self.close(Event::SequenceEnd)
    }

    pub(super) fn pair_key(&mut self) -> Step<'a> {
        if self.next_is(&[Kind::Value, Kind::FlowEntry, Kind::FlowSequenceEnd])? {
            // go-yaml takes the `:` here, so that the value is lost with it.
            let end = self.skip();
            self.state = State::PairValue;
            return Ok(empty(end));
        }
        self.states.push(State::PairValue);
        self.node(false, false)
    }

    pub(super) fn pair_value(&mut self) -> Step<'a> {
        if self.next_is(&[Kind::Value])? {
            self.skip();
            if !self.next_is(&[Kind::FlowEntry, Kind::FlowSequenceEnd])? {
                self.states.push(State::PairEnd);
                return self.node(false, false);
            }
        }
        self.state = State::PairEnd;
        Ok(empty(self.peek()?.start))
    }

    pub(super) fn pair_end(&mut self) -> Step<'a> {
        self.state = State::FlowSequenceEntry { first: false };
        Ok((Event::MappingEnd, self.peek()?.start))
    }

    pub(super) fn flow_mapping_key(&mut self, first: bool) -> Step<'a> {
        if first {
            self.open()?;
        }
        if !self.next_is(&[Kind::FlowMappingEnd])? {
            if !first {
                if !self.next_is(&[Kind::FlowEntry])? {
                    return Err(self.fault("did not find expected ',' or '}'"));
                }
                self.skip();
            }
            if self.next_is(&[Kind::Key])? {
                self.skip();
                let state = State::FlowMappingValue { empty: false };
                let none = [Kind::Value, Kind::FlowEntry, Kind::FlowMappingEnd];
                return self.flow_part(state, &none);
            }
            if !self.next_is(&[Kind::FlowMappingEnd])? {
                self.states.push(State::FlowMappingValue { empty: true });
                return self.node(false, false);
            }
        }
        self.close(Event::MappingEnd)
    }

    pub(super) fn flow_mapping_value(&mut self, is_empty: bool) -> Step<'a> {
        let state = State::FlowMappingKey { first: false };
        if !is_empty && self.next_is(&[Kind::Value])? {
            self.skip();
            return self.flow_part(state, &[Kind::FlowEntry, Kind::FlowMappingEnd]);
        }
        self.state = state;
        Ok(empty(self.peek()?.start))
    }

    fn flow_part(&mut self, state: State, none: &[Kind<'_>]) -> Step<'a> {
        if self.next_is(none)? {
            self.state = state;
            return Ok(empty(self.peek()?.start));
        }
        self.states.push(state);
        self.node(false, false)
    }
}
