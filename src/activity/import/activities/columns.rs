//! The columns of a file of activities.

use crate::activity::import::header::Column;

pub const COLUMNS: &[Column] = &[
    Column {
        names: &["referanse", "reference", "external_ref"],
        required: true,
    },
    Column {
        names: &["dato", "date"],
        required: true,
    },
    Column {
        names: &["start", "starttid", "start time", "starts_at"],
        required: false,
    },
    Column {
        names: &["minutter", "minutes"],
        required: false,
    },
    Column {
        names: &["timer", "hours"],
        required: false,
    },
    Column {
        names: &["anonyme", "anonymous"],
        required: false,
    },
    Column {
        names: &["deltakere", "participants"],
        required: false,
    },
    Column {
        names: &["type", "kind"],
        required: true,
    },
    Column {
        names: &["gruppetype", "group kind", "group_kind"],
        required: false,
    },
    Column {
        names: &["form", "mode"],
        required: true,
    },
    Column {
        names: &["status"],
        required: false,
    },
    Column {
        names: &["enhet", "lag", "unit"],
        required: true,
    },
    Column {
        names: &["leder", "leader"],
        required: false,
    },
    Column {
        names: &["medledere", "co-leaders", "co_leaders"],
        required: false,
    },
    Column {
        names: &["tittel", "title"],
        required: false,
    },
    Column {
        names: &["sted", "place"],
        required: false,
    },
    Column {
        names: &["fylke", "county"],
        required: false,
    },
    Column {
        names: &["land", "country"],
        required: false,
    },
    Column {
        names: &["fritid", "recreational"],
        required: false,
    },
    Column {
        names: &["oppsøkt av likeperson", "peer-initiated", "peer_initiated"],
        required: false,
    },
    Column {
        names: &["medarrangør", "co-organiser", "co_organiser"],
        required: false,
    },
    Column {
        names: &["medarrangerende lag", "co-units", "co_units"],
        required: false,
    },
    Column {
        names: &["nye bekreftet av", "newcomers confirmed by", "newcomers_confirmed_by"],
        required: false,
    },
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
