//! Kinds of characters, as `PTBTokenizer` of CoreNLP 3.4.1 knows them.

/// Shown only where a line breaks: kept out of tokens.
pub(super) const SOFT_HYPHEN: char = '\u{AD}';

/// Symbols that become a token of their own.
const SYMBOLS: [(char, char); 66] = [
    ('\u{A1}', '\u{A1}'),
    ('\u{A5}', '\u{A9}'),
    ('\u{AC}', '\u{AC}'),
    ('\u{AE}', '\u{B4}'),
    ('\u{B6}', '\u{B9}'),
    ('\u{BF}', '\u{BF}'),
    ('\u{D7}', '\u{D7}'),
    ('\u{F7}', '\u{F7}'),
    ('\u{37E}', '\u{37E}'),
    ('\u{387}', '\u{387}'),
    ('\u{589}', '\u{589}'),
    ('\u{5BE}', '\u{5BE}'),
    ('\u{5C0}', '\u{5C0}'),
    ('\u{5C3}', '\u{5C3}'),
    ('\u{5C6}', '\u{5C6}'),
    ('\u{5F3}', '\u{5F4}'),
    ('\u{600}', '\u{603}'),
    ('\u{606}', '\u{60C}'),
    ('\u{614}', '\u{614}'),
    ('\u{61B}', '\u{61B}'),
    ('\u{61E}', '\u{61F}'),
    ('\u{66A}', '\u{66A}'),
    ('\u{66D}', '\u{66D}'),
    ('\u{6D4}', '\u{6D4}'),
    ('\u{700}', '\u{70D}'),
    ('\u{7F6}', '\u{7F8}'),
    ('\u{964}', '\u{965}'),
    ('\u{E3F}', '\u{E3F}'),
    ('\u{E4F}', '\u{E4F}'),
    ('\u{1FBD}', '\u{1FBD}'),
    ('\u{2016}', '\u{2017}'),
    ('\u{201A}', '\u{201A}'),
    ('\u{201E}', '\u{2023}'),
    ('\u{2030}', '\u{2038}'),
    ('\u{203B}', '\u{203B}'),
    ('\u{203E}', '\u{2042}'),
    ('\u{2044}', '\u{2044}'),
    ('\u{2070}', '\u{2070}'),
    ('\u{2074}', '\u{207E}'),
    ('\u{2080}', '\u{208E}'),
    ('\u{20A4}', '\u{20A4}'),
    ('\u{2100}', '\u{2101}'),
    ('\u{2103}', '\u{2106}'),
    ('\u{2108}', '\u{2109}'),
    ('\u{2114}', '\u{2114}'),
    ('\u{2116}', '\u{2118}'),
    ('\u{211E}', '\u{2123}'),
    ('\u{2125}', '\u{2125}'),
    ('\u{2127}', '\u{2127}'),
    ('\u{2129}', '\u{2129}'),
    ('\u{212E}', '\u{212E}'),
    ('\u{213A}', '\u{213B}'),
    ('\u{2140}', '\u{2144}'),
    ('\u{214A}', '\u{214D}'),
    ('\u{214F}', '\u{214F}'),
    ('\u{2155}', '\u{215E}'),
    ('\u{2190}', '\u{2BFF}'),
    ('\u{3001}', '\u{3002}'),
    ('\u{3012}', '\u{3012}'),
    ('\u{30FB}', '\u{30FB}'),
    ('\u{FF01}', '\u{FF0F}'),
    ('\u{FF1A}', '\u{FF20}'),
    ('\u{FF3B}', '\u{FF40}'),
    ('\u{FF5B}', '\u{FF65}'),
    ('\u{FFE0}', '\u{FFE1}'),
    ('\u{FFE5}', '\u{FFE6}'),
];

/// Characters beside ASCII that are written as something else: quotation marks, dashes, currencies
/// (so the Penn Treebank: a pound is `#`), fractions.
pub(super) fn rewritten(character: char) -> Option<&'static str> {
    Some(match character {
        '\u{91}' | '\u{2018}' | '\u{201B}' | '\u{2039}' => "`",
        '\u{92}' | '\u{2019}' | '\u{203A}' => "'",
        '\u{93}' | '\u{201C}' | '\u{AB}' => "``",
        '\u{94}' | '\u{201D}' | '\u{BB}' => "''",
        '\u{96}' | '\u{97}' | '\u{2013}'..='\u{2015}' => "--",
        '\u{2026}' => "...",
        '\u{80}' | '\u{A4}' | '\u{20A0}' | '\u{20AC}' => "$",
        '\u{A2}' => "cents",
        '\u{A3}' => "#",
        '\u{BC}' => "1/4",
        '\u{BD}' => "1/2",
        '\u{BE}' => "3/4",
        '\u{2153}' => "1/3",
        '\u{2154}' => "2/3",
        SOFT_HYPHEN => "-",
        _ => return None,
    })
}

/// Whether a character can be part of any token.
pub(super) fn is_known(character: char) -> bool {
    character.is_ascii_graphic()
        || is_letter(character)
        || is_symbol(character)
        || rewritten(character).is_some()
}

/// Whether a character is a symbol beside ASCII.
pub(super) fn is_symbol(character: char) -> bool {
    SYMBOLS
        .iter()
        .any(|&(first, last)| (first..=last).contains(&character))
}

/// A letter, or what belongs to one: accents and the digits of other scripts. Nothing beyond the
/// basic multilingual plane, and no Roman numerals or letters in circles: the tokeniser does not know
/// them as letters.
pub(super) fn is_letter(character: char) -> bool {
    (character.is_alphabetic()
        && character <= '\u{FFFF}'
        && !('\u{2160}'..='\u{2BFF}').contains(&character))
        || matches!(character,
            '\u{300}'..='\u{36F}' // combining accents
            | '\u{2C2}'..='\u{2DF}' // accents by themselves
            | '\u{483}'..='\u{487}'
            | '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}' | '\u{5C2}' // Hebrew
            | '\u{64B}'..='\u{65E}' | '\u{660}'..='\u{669}' | '\u{670}' // Arabic
            | '\u{6D6}'..='\u{6ED}' | '\u{6F0}'..='\u{6F9}'
            | '\u{93C}'..='\u{94E}' | '\u{951}'..='\u{954}' | '\u{966}'..='\u{96F}' // Indic
            | '\u{9BC}'..='\u{9CD}' | '\u{9E6}'..='\u{9EF}'
            | '\u{E34}'..='\u{E3A}' | '\u{E47}'..='\u{E4E}' | '\u{E50}'..='\u{E59}' // Thai
            | '\u{FF10}'..='\u{FF19}' // wide digits
        )
        || character == SOFT_HYPHEN
}

/// A letter or digit.
pub(super) fn is_word(character: char) -> bool {
    is_letter(character) || character.is_ascii_digit()
}

/// A straight or a curly apostrophe.
pub(super) fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '\u{92}' | '\u{2019}')
}
