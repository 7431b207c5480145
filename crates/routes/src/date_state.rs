//! What follows what in a date, as .NET's invariant culture reads it.

/// What stands behind a number or a name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    End,
    /// Nothing that separates.
    Space,
    /// `/` or `-`
    Date,
    /// `:`
    Time,
    /// AM or PM
    Half,
    /// The `T` before a time.
    Mark,
}

/// A token that moves the reader on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A number of one or two digits.
    Number(After),
    /// A number of three digits or more.
    Year(After),
    Month(After),
    Weekday,
    Zone,
    /// The end of the text.
    Nothing,
}

/// What a group holds so far: numbers (`N`), a month's name (`M`) and a year (`Y`), a number of three digits or more.
/// A `d` at the end is a date separator that wants something behind it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Begin,
    N,
    Nn,
    Nd,
    DatedNn,
    Nnd,
    M,
    Mn,
    Nm,
    Mnd,
    Y,
    Yn,
    Ynd,
    Ym,
    Ymd,
    /// `10:`
    Hour,
    /// `10:30:`
    Minute,
}

/// A date by what it was made of.
#[derive(Clone, Copy)]
pub(crate) enum Made {
    Nn,
    Nnn,
    Mn,
    Nm,
    Mnn,
    /// A year before or behind two numbers.
    Ynn,
    Ymn,
    Yn,
    Ym,
}

/// What a token leads to.
pub(crate) enum Step {
    To(State),
    Date(Made),
    /// A time of that many numbers.
    Time(usize),
}

impl State {
    /// Would this end a group?
    pub(crate) fn ends_with(self, kind: Kind) -> bool {
        matches!(self.next(kind), Some(Step::Date(_) | Step::Time(_)))
    }

    pub(crate) fn takes(self, kind: Kind) -> bool {
        self.next(kind).is_some()
    }

    /// What a token leads to; nothing, where the text isn't a date.
    #[expect(
        clippy::match_same_arms,
        reason = "in the order in which a date is read, not by what comes of it"
    )]
    pub(crate) fn next(self, kind: Kind) -> Option<Step> {
        use After::{Date as Slash, End, Half, Space, Time as Colon};
        use Kind::{Month as Name, Nothing, Number, Weekday, Year, Zone};
        use State::*;
        Some(match (self, kind) {
            (Hour, Weekday) => return None,
            (Ynd, Weekday) => Step::To(Yn),
            (Ymd, Weekday) => Step::To(Ym),
            (state, Weekday) => Step::To(state),
            (Begin | N | Nn | Hour | Minute, Zone) => Step::To(self),
            (Begin, Nothing) => Step::To(Begin),

            // Times.
            (Begin | DatedNn, Number(Half)) => Step::Time(1),
            (N, Number(Half)) => Step::Time(2),
            (Nn, Number(Half)) => Step::Time(3),
            (Begin | Nn | DatedNn | Mn | Nm, Number(Colon)) => Step::To(Hour),
            (Hour, Number(Colon)) => Step::To(Minute),
            (Hour, Number(End | Half | Space)) => Step::Time(2),
            (Minute, Number(End | Half | Space)) => Step::Time(3),

            // The first of a date.
            (Begin, Number(Space)) => Step::To(N),
            (Begin, Number(Slash)) => Step::To(Nd),
            (Begin, Name(Space | Slash)) => Step::To(M),
            (Begin, Year(Space | Slash)) => Step::To(Y),

            // The second.
            (N | Nd, Number(End)) => Step::Date(Made::Nn),
            (N, Number(Space)) => Step::To(Nn),
            (Nd, Number(Space)) => Step::To(DatedNn),
            (N | Nd, Number(Slash)) => Step::To(Nnd),
            (N | Nd | Hour, Name(End)) => Step::Date(Made::Nm),
            (N | Hour, Name(Space)) => Step::To(Nm),
            (Nd, Name(Space)) => Step::To(Mn),
            (N | Nd, Name(Slash)) => Step::To(Mnd),
            (N | Nd, Year(End)) | (Y, Number(End)) => Step::Date(Made::Yn),
            (N | Nd, Year(Space)) | (Y, Number(Space)) => Step::To(Yn),
            (N | Nd, Year(Slash)) | (Y, Number(Slash)) => Step::To(Ynd),
            (M, Number(End)) => Step::Date(Made::Mn),
            (M, Number(Space)) => Step::To(Mn),
            (M, Number(Slash)) => Step::To(Mnd),
            (M, Year(End)) | (Y, Name(End)) => Step::Date(Made::Ym),
            (M, Year(Space)) | (Y, Name(Space)) => Step::To(Ym),
            (M, Year(Slash)) | (Y, Name(Slash)) => Step::To(Ymd),

            // The third, or the end instead.
            (Nn | DatedNn, Nothing) => Step::Date(Made::Nn),
            (Mn, Nothing) => Step::Date(Made::Mn),
            (Nm, Nothing) => Step::Date(Made::Nm),
            (Yn, Nothing) => Step::Date(Made::Yn),
            (Ym, Nothing) => Step::Date(Made::Ym),
            (Nn | DatedNn | Nnd, Number(End | Space)) | (Nnd, Number(Half)) => {
                Step::Date(Made::Nnn)
            }
            (Nn | DatedNn | Nnd, Name(End | Space)) => Step::Date(Made::Mnn),
            (Nn | DatedNn | Nnd, Year(End | Space)) => Step::Date(Made::Ynn),
            (Mn | Nm | Mnd, Number(End | Space)) | (Mn | Nm, Number(Half)) => Step::Date(Made::Mnn),
            (Mn | Nm | Mnd, Year(End | Space)) => Step::Date(Made::Ymn),
            (Yn | Ynd, Number(End | Half | Space)) => Step::Date(Made::Ynn),
            (Yn | Ynd, Name(End | Space)) => Step::Date(Made::Ymn),
            (Ym | Ymd, Number(End | Half | Space)) => Step::Date(Made::Ymn),
            _ => return None,
        })
    }
}
