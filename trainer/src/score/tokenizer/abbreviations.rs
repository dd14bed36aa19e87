//! Words that keep their full stop.

/// In any case and place.
pub(super) const ALWAYS: [&str; 133] = [
    "adj", "adm", "adv", "al", "ala", "alex", "apr", "ariz", "assn", "assoc", "asst", "atty",
    "aug", "ave", "bhd", "bldg", "blvd", "brig", "bros", "calif", "capt", "cf", "cie", "cmdr",
    "co", "col", "colo", "comdr", "conn", "corp", "cos", "cpl", "ct", "dak", "dec", "dept", "det",
    "dr", "drs", "elec", "ens", "esq", "est", "etc", "ext", "feb", "fla", "fri", "ft", "ga", "gen",
    "gov", "govs", "hon", "inc", "ind", "insp", "intl", "invt", "jan", "jos", "jr", "jul", "jun",
    "kan", "kans", "ky", "lt", "ltd", "maj", "mar", "md", "messrs", "mich", "minn", "mlle", "mme",
    "mo", "mon", "mont", "mr", "mrs", "ms", "msgr", "mt", "natl", "neb", "nev", "nov", "oct",
    "okla", "penn", "pfc", "ph", "plc", "pres", "prof", "pvt", "rd", "rep", "reps", "rev", "rt",
    "sen", "sens", "sep", "sept", "seq", "sfc", "sgt", "spc", "sq", "sr", "st", "ste", "supt",
    "sys", "tel", "tenn", "thu", "thurs", "treas", "tue", "tues", "univ", "va", "vs", "vt", "wed",
    "wis", "wisc", "wm", "wyo",
];

/// Unless all in capitals.
pub(super) const NOT_IN_CAPITALS: [&str; 8] =
    ["mfg", "mtg", "ppte", "ppty", "pte", "ptes", "pty", "ptys"];

/// With a capital only: without one they are words.
pub(super) const CAPITALISED: [&str; 11] = [
    "ark", "az", "del", "ill", "la", "mass", "miss", "ore", "pa", "tex", "wash",
];

/// Before a number only.
pub(super) const BEFORE_A_NUMBER: [&str; 9] =
    ["art", "ca", "fig", "figs", "no", "nos", "op", "pp", "prop"];

/// A word such as these after a single letter and its full stop starts a sentence: the stop ends one.
pub(super) const SENTENCE_STARTS: [&str; 45] = [
    "A",
    "About",
    "According",
    "After",
    "An",
    "As",
    "At",
    "But",
    "Earlier",
    "He",
    "Her",
    "Here",
    "However",
    "If",
    "In",
    "It",
    "Last",
    "Many",
    "More",
    "Mr",
    "Ms",
    "Now",
    "Once",
    "One",
    "Other",
    "Our",
    "She",
    "Since",
    "So",
    "Some",
    "Such",
    "That",
    "The",
    "Their",
    "Then",
    "There",
    "These",
    "They",
    "This",
    "We",
    "What",
    "When",
    "While",
    "Yet",
    "You",
];
