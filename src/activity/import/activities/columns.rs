//! The columns of a file of activities.

use crate::activity::import::header::SourceColumn;

pub const COLUMNS: &[SourceColumn] = &[
    SourceColumn::required(&["referanse", "reference", "external_ref"]),
    SourceColumn::required(&["dato", "date"]),
    SourceColumn::optional(&["start", "starttid", "start time", "starts_at"]),
    SourceColumn::optional(&["minutter", "minutes"]),
    SourceColumn::optional(&["timer", "hours"]),
    SourceColumn::optional(&["anonyme", "anonymous"]),
    SourceColumn::optional(&["deltakere", "participants"]),
    SourceColumn::required(&["type", "kind"]),
    SourceColumn::optional(&["gruppetype", "group kind", "group_kind"]),
    SourceColumn::required(&["form", "mode"]),
    SourceColumn::optional(&["status"]),
    SourceColumn::required(&["enhet", "lag", "unit"]),
    SourceColumn::optional(&["leder", "leader"]),
    SourceColumn::optional(&["medledere", "co-leaders", "co_leaders"]),
    SourceColumn::optional(&["tittel", "title"]),
    SourceColumn::optional(&["sted", "place"]),
    SourceColumn::optional(&["fylke", "county"]),
    SourceColumn::optional(&["land", "country"]),
    SourceColumn::optional(&["fritid", "recreational"]),
    SourceColumn::optional(&["oppsøkt av likeperson", "peer-initiated", "peer_initiated"]),
    SourceColumn::optional(&["medarrangør", "co-organiser", "co_organiser"]),
    SourceColumn::optional(&["medarrangerende lag", "co-units", "co_units"]),
    SourceColumn::optional(&["nye bekreftet av", "newcomers confirmed by", "newcomers_confirmed_by"]),
];
pub const REFERENCE: usize = 0;
pub const DATE: usize = 1;
pub const START: usize = 2;
pub const MINUTES: usize = 3;
pub const HOURS: usize = 4;
pub const ANONYMOUS: usize = 5;
pub const PARTICIPANTS: usize = 6;
pub const KIND: usize = 7;
pub const GROUP_KIND: usize = 8;
pub const MODE: usize = 9;
pub const STATUS: usize = 10;
pub const UNIT: usize = 11;
pub const LEADER: usize = 12;
pub const CO_LEADERS: usize = 13;
pub const TITLE: usize = 14;
pub const PLACE: usize = 15;
pub const COUNTY: usize = 16;
pub const COUNTRY: usize = 17;
pub const RECREATIONAL: usize = 18;
pub const PEER_INITIATED: usize = 19;
pub const CO_ORGANISER: usize = 20;
pub const CO_UNITS: usize = 21;
pub const NEWCOMERS: usize = 22;

/// What is the activity's and not the day's.
pub const OF_THE_ACTIVITY: [usize; 16] = [
    KIND,
    GROUP_KIND,
    MODE,
    STATUS,
    UNIT,
    LEADER,
    CO_LEADERS,
    TITLE,
    PLACE,
    COUNTY,
    COUNTRY,
    RECREATIONAL,
    PEER_INITIATED,
    CO_ORGANISER,
    CO_UNITS,
    NEWCOMERS,
];
