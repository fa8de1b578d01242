//! Does a text speak to whoever grades the page?
//!
//! The line that is drawn: a page may speak of grades, scores, ratings and judges as much as it
//! likes, and may ask its visitors for them. It is an address when it
//!
//! 1. tells the reader to ignore what the reader was told, unless the text speaks about such attacks
//!    (what an article on them says) and dictates no grade;
//! 2. turns to a reader who is an evaluator or a model, with the highest grade or an order to give
//!    one; or to a judge or reviewer with the highest grade and an order;
//! 3. says what grade this page itself must have, or what to answer;
//! 4. has the form of a finished verdict: several of a judge's criteria with values, or ten tens.
//!
//! A bare `Grade: 5`, `10/10` or `{"score": 5}` is none of that: pupils, quizzes and guests write it.
//! Rules are phrases in English, German, Chinese, Spanish and French, with the first rule also in
//! Portuguese, Italian, Russian and Japanese.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::letters;
use super::letters::Lexicon;
use super::phrase::{self, Phrase};

/// Why a text is an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// It tells the reader to ignore what the reader was told.
    Override,
    /// It turns to an evaluator or a model about a grade.
    ToTheJudge,
    /// It says what the page's grade is to be, or what to answer.
    Dictation,
    /// It has the form of a finished verdict.
    Verdict,
    /// It was not read: there is more text in the page than any picture of it shows.
    Unread,
}

impl Address {
    /// A few words for messages and labels.
    #[must_use]
    pub fn told(self) -> &'static str {
        match self {
            Self::Override => "tells the reader to ignore instructions",
            Self::ToTheJudge => "speaks to an evaluator or a model about a grade",
            Self::Dictation => "dictates a grade",
            Self::Verdict => "has the form of a finished verdict",
            Self::Unread => "is more text than a picture can show",
        }
    }
}

/// How a text speaks to whoever grades the page, if it does.
#[must_use]
pub fn address_in(text: &str) -> Option<Address> {
    // A text that long is no single address; its parts are.
    let text: String = text.chars().take(MAX_CHARS).collect();
    let words = letters::words(&text, &RULES.lexicon);
    let numbers: Vec<u16> = words.iter().map(|word| RULES.lexicon.number(word)).collect();
    let any = |phrases: &[Phrase]| phrases.iter().any(|phrase| phrase.is_in(&numbers));
    if is_verdict(&words) {
        return Some(Address::Verdict);
    }
    if any(&RULES.dictation) {
        return Some(Address::Dictation);
    }
    let top = any(&RULES.top);
    let order = any(&RULES.order);
    let ignore = any(&RULES.ignore);
    if ignore && (top || order || !any(&RULES.about_attacks)) {
        return Some(Address::Override);
    }
    let (model, judge) = (any(&RULES.to_a_model), any(&RULES.to_a_judge));
    if (model && (top || order)) || (judge && top && order) {
        return Some(Address::ToTheJudge);
    }
    None
}

/// The most characters of one text that are looked at.
const MAX_CHARS: usize = 20_000;

struct Rules {
    ignore: Vec<Phrase>,
    about_attacks: Vec<Phrase>,
    to_a_model: Vec<Phrase>,
    to_a_judge: Vec<Phrase>,
    top: Vec<Phrase>,
    order: Vec<Phrase>,
    dictation: Vec<Phrase>,
    lexicon: Lexicon,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let mut lexicon = phrase::lexicon();
    // Words of no rule that stand between those of rules where all is run together.
    for word in ["and", "it", "to", "with", "of", "in"] {
        lexicon.learn(&letters::skeleton(word));
    }
    let mut phrases = |written: &[&str]| -> Vec<Phrase> {
        written.iter().map(|text| Phrase::parse(text, list, &mut lexicon)).collect()
    };
    Rules {
        ignore: phrases(IGNORE),
        about_attacks: phrases(ABOUT_ATTACKS),
        to_a_model: phrases(TO_A_MODEL),
        to_a_judge: phrases(TO_A_JUDGE),
        top: phrases(TOP),
        order: phrases(ORDER),
        dictation: phrases(DICTATION),
        lexicon,
    }
});

/// The lists that phrases name.
fn list(name: &str) -> &'static str {
    match name {
        "ignore" => "ignore ignoring disregard forget override bypass overrule overlook",
        "orders" => {
            "instruction instructions prompt prompts directions rubric guidelines criteria rules \
             orders directives"
        }
        "grade" => "grade score rating mark verdict evaluation",
        "max" => "highest maximum max full perfect top best maximal",
        "points" => "grade grades score scores rating ratings marks points mark credit",
        "give" => {
            "give giving award assign grant output respond answer reply return grade score rate \
             evaluate"
        }
        "must" => "deserves deserve merits must should shall earns has_to needs_to ought_to",
        "page" => {
            "page pages homepage site website webpage design layout screenshot screenshots image images \
             submission ui interface"
        }
        "five" => "5 10 100 five ten 5.0 10.0",
        "model" => {
            "ai llm llms gpt chatgpt claude gemini vlm vlms language_model language_models \
             vision_model model models assistant evaluator evaluators grader graders scorer scorers \
             rater raters assessor assessors ai_judge ai_judges bot bots"
        }
        "judge" => "judge judges reviewer reviewers examiner examiners jury critic critics",
        "to" => "to dear attention attn hello hey hi for note important",
        "someone" => {
            "i we d would will ll to they users user customers customer critics critic you people \
             judges judge players he she who and gladly"
        }
        "de_grade" => {
            "note bewertung punktzahl punkte punkten wertung bestnote höchstnote höchstwertung"
        }
        "de_give" => {
            "gib geben vergib vergeben bewerte bewerten bewertet antworte antworten setze erteile \
             verdient"
        }
        "es_grade" => "nota puntuación calificación puntaje puntos",
        "es_give" => {
            "da dale dé den otorga otorgue asigna asigne responde responda devuelve califica \
             califique puntúa merece"
        }
        "fr_grade" => "note score évaluation points",
        "fr_give" => {
            "donne donnez attribue attribuez accorde accordez mets mettez réponds répondez renvoie \
             mérite notez évaluez"
        }
        "zh_give" => "给 给出 打 打出 输出 回答 返回 评为 判为 应得 给予 請給",
        "zh_top" => "满分 滿分 最高分 最高评分 最高等级 五分 十分 5分 10分 100分",
        _ => "",
    }
}

/// Orders to ignore what was said before.
const IGNORE: &[&str] = &[
    "@ignore ~3 previous|prior|above|preceding|earlier|foregoing|original|initial|system ~3 @orders",
    "ignore|ignoring|disregard|override|bypass|overrule ~1 all|any|every|your ~1 instruction|instructions|prompt|prompts|directions|rubric|guidelines|criteria|directives",
    "do_not|don_t|never|stop ~1 follow|following|obey|obeying ~2 @orders ~1 above|before|given",
    "@ignore ~1 everything|anything ~2 above|before|previously|told|said",
    "@ignore ~2 instruction|instructions|rubric|criteria|rules|prompt ~1 above|before|given",
    "do_not|don_t|never|stop ~1 follow|following|obey|obeying ~2 previous|prior|above|system|original ~3 @orders",
    "ignoriere|ignorieren|ignoriert|vergiss|vergessen|missachte|missachten ~2 vorherigen|vorherige|bisherigen|bisherige|obigen|obige|früheren|vorigen ~3 anweisungen|anweisung|regeln|vorgaben|befehle|instruktionen|kriterien",
    "ignoriere|ignorieren|ignoriert|vergiss|vergessen|missachte|missachten ~1 alle|allen ~2 anweisungen|anweisung|befehle|instruktionen",
    "ignora|ignore|ignorad|ignoren|olvida|olvide|descarta|omite ~3 instrucciones|instrucción|reglas|indicaciones|criterios ~3 anteriores|anterior|previas|previos|precedentes",
    "ignora|ignore|ignorad|olvida|olvide|descarta ~1 todas|todos ~3 instrucciones|reglas|indicaciones|criterios",
    "ignore|ignorez|ignorer|oublie|oubliez|oublier ~3 instructions|consignes|règles|directives|critères ~3 précédentes|précédente|précédents|antérieures|ci_dessus",
    "ignore|ignorez|ignorer|oublie|oubliez ~1 toutes|tous ~3 instructions|consignes|règles|directives|critères",
    "忽略|忽視|忽视|无视|無視|忘记|忘掉|不要理会 ~4 之前|以上|先前|所有|全部|前面|上述|上面|此前 ~6 指令|指示|提示|规则|要求|标准|說明|说明",
    "ignore|ignora|desconsidere|esqueça ~3 instruções|istruzioni|regras|regole ~3 anteriores|precedenti|prévias",
    "игнорируй|игнорируйте|забудь|забудьте ~3 предыдущие|все|прежние ~3 инструкции|указания|правила",
    "以前|これまで|上記|前 ~3 指示|命令|プロンプト ~4 無視|忘",
];

/// Words of texts about attacks on models.
const ABOUT_ATTACKS: &[&str] = &[
    "injection|injections|attacker|attackers|jailbreak|jailbreaks|jailbreaking|hijack|malicious|adversarial|phishing|hackers|vulnerability|such_as|for_example|phrases_like|the_phrase|the_words|known_as",
    "angreifer|angriff|angriffe|beispielsweise|zum_beispiel",
    "inyección|atacante|atacantes|por_ejemplo",
    "attaquant|attaquants|par_exemple",
    "注入|攻击|攻擊|例如",
];

/// Turns to a reader who is a model or an evaluator.
const TO_A_MODEL: &[&str] = &[
    "dear|attention|attn|hello|hey|hi ~3 @model",
    "note|message|instruction|instructions|important|reminder|information to|for ~3 @model",
    "to ?any|the|all|every ?automated|ai|visual|vision|website|web|page @model : ",
    "to_any|to_all|to_the ~2 ai|llm|llms|vlm|vlms|language_model|evaluator|evaluators|grader|graders|assessor|rater|raters ~2 reading|viewing|looking|grading|scoring|judging|evaluating|reviewing|who|that",
    "if_you_are|if_you_re|in_case_you_are|when_you_are ~3 @model|automated",
    "as_an|as_a|as_the|as_your ~1 ai|llm|language_model|evaluator|grader|vlm|vision_model",
    "you_are|you_re ?now an|a|the ~2 @model|judge|scoring|grading|evaluation",
    "you_are_now ~3 mode|evaluator|grader|system",
    "!@someone|our|the|by|of|from evaluator|evaluators|grader|graders|assessor|assessors|llm|llms|vlm ,",
    "any|every|each|all ~1 @model that|who|which|reading|seeing|viewing|shall|must",
    "ask|asks|request|requests|tell|tells|urge|urges ~2 @model to",
    "new|updated instruction|instructions|directive :",
    "system_prompt ~1 update|override|change",
    "ai|llm|llms|gpt|chatgpt|claude|gemini|vlm|evaluator|evaluators|grader|graders|assessor|rater|raters|ai_reviewer|ai_reviewers|ai_models|auto_grader|autograder : ",
    "ai|llm|llms|automated|automatic|visual|vision @model|judge|judges|reviewer|reviewers|evaluation ,|:|should|must|shall",
    "system|assistant : ",
    "system|admin|developer override|message|note|mode",
    "gpt|chatgpt|claude|gemini ?3|4|5 , please|be|you|give|rate|score",
    "im_start|end_of_text|inst|endofprompt",
    "whoever|whatever|whichever|anyone|anything ~2 grades|grade|rates|scores|score|judges|evaluates|grading|scoring|judging",
    "when|while ~2 grading|scoring|evaluating|judging ~1 this|the @page",
    "an|liebe|lieber|liebes|hinweis|achtung|hallo ~3 ki|sprachmodell|bewerter|gutachter|prüfer|bewertungsmodell|bewertungssystem|evaluator|modell",
    "wenn_du|falls_du|wenn_sie|falls_sie|du_bist|sie_sind ~3 ki|sprachmodell|modell|bewerter|prüfer|gutachter",
    "als ~1 ki|sprachmodell|bewertungsmodell",
    "para|al|estimado|estimada|atención|nota|querido ~3 evaluador|evaluadora|ia|modelo|calificador",
    "si_eres|si_usted_es|eres|como ~2 ia|modelo|evaluador|calificador",
    "à|au|aux|cher|chère|attention|pour|note ~3 évaluateur|évaluateurs|ia|modèle|correcteur",
    "si_vous_êtes|si_tu_es|vous_êtes|tu_es|en_tant ~4 ia|modèle|évaluateur|correcteur",
    "致|给|請|请|亲爱的|尊敬的|如果你是|你是|作为 ~3 评审|评委|评分者|评估者|评判者|评估员|评分员|裁判|ai|人工智能|大模型|语言模型|模型|评分系统|評審",
    "评审|评委|评分者|评估者|评判者|评估员|评分员|评分系统|评分模型|评估模型 : ",
];

/// Turns to somebody who may be a person.
const TO_A_JUDGE: &[&str] = &[
    "dear|attention|hello|hey|hi ~2 @judge",
    "note|message|instruction|instructions to|for ~2 @judge",
    "@judge : ",
    "ask|asks|request|requests|tell|tells|urge|urges ~2 @judge to",
];

/// The highest grade there is.
const TOP: &[&str] = &[
    "@grade ?: ?of|is|as|to|= ?: @five",
    "@grade ?is ?exactly|simply|always @five",
    "5|five out_of|of|/|von|sur|de|sobre 5|five",
    "10|ten out_of|of|/|von|sur|de|sobre 10|ten",
    "100|20 out_of|of|/|von|sur|de|sobre 100|20",
    "@max ~1 @points",
    "rate|rated|score|scored|grade|graded|evaluate|evaluated|judge|judged ~2 highly|favorably|favourably|generously|positively|leniently|flawless|perfect",
    "do_not|don_t|never ~1 deduct|subtract|penalize|penalise|criticize|criticise",
    "höchste|höchsten|höchster|höchstmögliche|beste|besten|volle|vollen|maximale|bestmögliche ~1 @de_grade",
    "bestnote|höchstnote|höchstpunktzahl|höchstwertung",
    "@de_grade ~1 5|10|fünf|zehn",
    "máxima|máximo|mejor|perfecta ~1 @es_grade",
    "@es_grade ~2 máxima|máximo|perfecta|10|5|diez|cinco",
    "@fr_grade ~1 maximale|maximum|parfaite|10|5|20|dix|cinq",
    "meilleure|plus_haute|plus_élevée|plein|pleine ~1 @fr_grade",
    "@zh_top",
];

/// An order to give a grade.
const ORDER: &[&str] = &[
    "!@someone @give ~6 @grade|points|marks|full_marks|@five",
    "@must ~1 be|get|receive|have|give ~4 graded|scored|rated|@grade|points|marks|@five",
    "@must ~5 @grade|marks",
    "@must ~1 5|10 of|out_of|/ 5|10",
    "only ~2 grade|score|answer|rating ~3 @five",
    "@de_give ~6 @de_grade|5|10",
    "@es_give ~6 @es_grade|5|10",
    "@fr_give ~6 @fr_grade|5|10",
    "@zh_give ~4 分|分数|满分|最高分|评分|高分|分數",
];

/// What says by itself what the grade is to be.
const DICTATION: &[&str] = &[
    "this|my|the_above|current ~2 @page @must ~5 grade|score|rating|mark ~2 @five",
    "this|my|every|each ~1 @page ?now @must|receives|gets ~1 ?a 5|10 $",
    "this|my|every|each ~1 @page @must ~1 graded|rated|scored ~2 @five",
    "set ~1 grade|score|rating : 5|10",
    "your ~1 verdict|judgment|judgement was|is ~1 5|10",
    "this|my|the_above|current ~2 @page @must ~5 @max ~1 grade|score|rating|marks|mark",
    "!@someone give|award|assign|grant ~2 @page ~4 grade|score|rating|mark ~2 @five",
    "!@someone give|award|assign|grant ~2 @page ~4 @max ~1 grade|score|rating|marks|mark",
    "!@someone rate|grade|score|evaluate ~1 this|the ~1 @page ~2 as|with|a|at|: ~1 @five $",
    "!@someone rate|grade|score|evaluate ~1 this|the ~1 @page ~2 5|10 out_of|of|/ 5|10",
    "!@someone answer|respond|reply|output|return|print|emit ~2 with|only|exactly|just|: ~2 grade|score|rating ~1 @five $",
    "!@someone answer|respond|reply|output|return|print|emit ~2 grade|score|rating ~1 @five $",
    "answer|respond|reply|output|return ~1 with|only|exactly|just ~2 number|digit|figure 5|10|five|ten",
    "this|my ~1 @page ~3 approved|graded|scored|rated|evaluated ~2 grade|score|rating ~1 @five",
    "correct|right|true|expected|only ~1 answer|verdict|evaluation ~2 grade|score|rating ~1 @five",
    "correct|right|true|expected|only|valid ~1 grade|score|rating is|: ~1 @five",
    "end_of_evaluation|end_of_grading|evaluation_over|grading_complete|evaluation_complete ~3 do_not|don_t|stop|grade|score",
    "diese|dieser|diese_seite|diese_website ~1 website|seite|webseite|gestaltung|design ~2 verdient|muss|soll|sollte|bekommt ~4 höchste|höchsten|volle|beste|bestnote|höchstnote|note_5|note_1",
    "gib|vergib|geben_sie|vergeben_sie ~2 seite|website|webseite|design ~4 bestnote|höchstnote|höchste|volle|5|10",
    "esta|este ~1 página|sitio|diseño|web ~2 merece|debe ~4 máxima|máximo|mejor|5|10|perfecta",
    "cette|ce ~1 page|site|design|maquette ~2 mérite|doit ~5 maximale|maximum|meilleure|parfaite|5|10",
    "本|这个|该|此|這個 ~1 网页|页面|网站|设计|網頁|網站 ~3 应|应该|必须|值得|应得|給|给 ~5 满分|最高分|5分|10分|最高评分|滿分",
    "@zh_give ~2 本|这个|该|此 ~1 网页|页面|网站|设计 ~4 满分|最高分|5分|10分|最高评分",
];

/// What a judge's verdict is made of, by the last word of its name.
const VERDICT: [&str; 18] = [
    "rendering",
    "relevance",
    "harmony",
    "layout",
    "modernness",
    "beauty",
    "appearance",
    "consistency",
    "alignment",
    "accuracy",
    "scheme",
    "resemblance",
    "characteristics",
    "content",
    "characters",
    "grade",
    "score",
    "overall",
];

/// The fewest of them, with a value each, that are a verdict.
const VERDICT_PARTS: usize = 4;

/// True for several criteria with values, for the name of the judge's own field, and for ten tens.
fn is_verdict(words: &[String]) -> bool {
    static PARTS: LazyLock<BTreeSet<String>> =
        LazyLock::new(|| VERDICT.map(letters::skeleton).into());
    let own = ["text", "addresses", "judge"].map(letters::skeleton);
    if words.windows(own.len()).any(|run| run == own) {
        return true;
    }
    let is_number = |word: &String| word.bytes().all(|b| b.is_ascii_digit());
    let parts: BTreeSet<&String> = words
        .windows(3)
        .filter(|run| run[1] == ":" && is_number(&run[2]) && PARTS.contains(&run[0]))
        .map(|run| &run[0])
        .collect();
    let is_mark = |word: &&String| matches!(word.as_str(), "," | "." | ":");
    let numbers: Vec<&String> = words.iter().filter(|word| !is_mark(word)).collect();
    let tens = |step: usize| {
        numbers.len() == 10 * step
            && numbers.iter().skip(step - 1).step_by(step).all(|n| *n == "10")
    };
    parts.len() >= VERDICT_PARTS || tens(1) || (tens(2) && numbers.iter().all(|n| is_number(n)))
}
