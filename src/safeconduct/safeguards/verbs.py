"""Which acts does a text speak of, and does it ask somebody to do them? Words of a dozen languages, as a table.

An act is one of ``ACTS``. A stem with ``*`` stands for every word that begins so; scripts without spaces are searched by
substring. This tells what words say, never what they mean: what follows from it is judged in ``taint`` and ``toolcalls``.
The table is long on purpose; code is at the end.
"""

# ruff: noqa: RUF001, E501 - signs of other scripts are what this is about, and they are wide

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from safeconduct.safeguards.tables import listed, phrases

ACTS: Final = ("send", "pay", "buy", "delete", "grant", "publish", "change", "create", "run", "read")

_WORDS: Final = {
    "send": (
        "ask asks send sends sending sent forward forwards forwarding repl* respond* answer* email emailing mail mailing "
        "notify* tell tells inform "
        "informs text message upload* submit* transmit* deliver delivers dispatch* export exports exporting write "
        "relay sync cc fill "
        "register apply applying ping share write-back "
        "sende senden schick* versende* verschick* leite leiten weiterleit* weiterzuleit* antwort* benachrichtig* "
        "hochlad* übermittel* "
        "mitteil* teile schreib* envoie* envoy* transmet* transfère* transférez réponds répondre répondez informe* "
        "notifi* expédi* écri* "
        "envía* enviar* envíe* manda mandar mande reenv* responde* conteste* contesta* avisa avisar avise remit* escribe* "
        "invia inviare inviate invii inoltr* rispond* mandare mandami spedi* avvis* comunica comunicare scrivi* "
        "envie* enviar encaminh* responda* escreva stuur* verstuur* doorstuur* beantwoord* wyślij* prześlij* "
        "odpowied* skicka* svara* "
        "отправ* перешл* пересл* ответ* пришл* вышл* сообщ* напиш* رسل* أرسل* ارسل* رد أجب* भेज* उत्तर* जवाब*"
    ),
    "pay": (
        "pay pays paying paid wire transfer transfers transferring remit refund* reimburs* settle donat* charge "
        "split request requesting "
        "zahle zahlen zahl bezahl* überweis* überwiesen erstatt* begleich* spende* paie payer payez virer virez "
        "verser versez rembours* "
        "règle réglez paga pagar pague pagare transfier* transferir reembols* abona abonar bonific* rimbors* versa "
        "versare trasferisc* "
        "betaal* overmaken zapłać przelej betala* överför* "
        "оплат* заплат* перевед* перевес* верни вернуть ادفع* حوّل* حول भुगतान* ट्रांसफर*"
    ),
    "buy": (
        "buy buys buying purchas* order orders ordering book books booking reserv* subscribe upgrade rent checkout sign enrol* enroll* "
        "kaufe kaufen kauf bestell* buche buchen buch reservier* abonnier* achèt* achet* commande commander commandez réserv* "
        "comprar compra compre pide pedir pida acquist* ordina ordinare prenot* encomend* koop* boek* zamów* "
        "zarezerw* köp boka* beställ* "
        "купи* закаж* заброн* اشتر* احجز* اطلب* खरीद* बुक*"
    ),
    "delete": (
        "delet* remov* eras* wipe wiping purg* trash throw drop destroy* discard* cancel* clear clearing clean cleaning "
        "tidy prune unsubscrib* truncate nuke free rid reset "
        "revok* empty deactivat* uninstall* terminat* "
        "lösch* gelöscht entfern* stornier* absag* sag leere leeren bereinig* räum* kündig* supprim* efface* "
        "annule* videz vider nettoi* "
        "borra borrar borre elimin* anula anular vacía* limpia limpiar cancella* annull* rimuov* svuot* apaga "
        "apagar apague remova exclua "
        "excluir verwijder* annuleer* usuń* skasuj* anuluj* radera* avboka* "
        "удал* отмен* сотр* очист* احذف* ألغ* امسح* हटा* मिटा* रद्द*"
    ),
    "grant": (
        "grant* share shares sharing invit* authoriz* authoris* permit allow add adds added adding approv* enroll* "
        "onboard* enabl* unlock* "
        "reset* whitelist* allowlist* promot* assign* rais* confirm* accept* declin* "
        "teile teilen einlad* lade freigeb* freizugeben gib berechtige* füge hinzufüg* hinzuzufüg* zurücksetz* "
        "genehmig* partag* invite* "
        "autoris* accorde accorder ajout* réinitialis* compart* invita* autoriz* añad* agreg* conced* restablec* "
        "condivid* autorizz* "
        "aggiung* reimposta* partilh* compartilh* convid* adicion* deel delen nodig uitnodig* voeg udostępn* "
        "zaproś* dodaj* dela bjud* "
        "подел* приглас* добав* предостав* разреш* сброс* شارك* ادع أضف* امنح* साझा* आमंत्र* जोड़*"
    ),
    "publish": (
        "publish* post posting tweet announc* release deploy* push* merge merging commit broadcast pull "
        "veröffentlich* poste posten publie publier publiez annonc* déplo* publica publicar publique anunci* "
        "pubblic* annunci* publiceer* "
        "opublikuj* publicera* опублик* размест* вылож* انشر* प्रकाशित*"
    ),
    "change": (
        "adapt* change changes changing updat* edit edits editing set modif* renam* move moves moving reschedul* adjust* "
        "correct fix fixes fixing "
        "replac* switch rewrit* refactor* improv* close closes closing resolve mark archive archiving label "
        "convert* sort organize organise "
        "put append configur* implement* migrat* postpon* shift merge tidy clean "
        "änder* geändert aktualisier* bearbeit* setze setzen verschieb* verschoben umbenenn* korrigier* ersetz* "
        "schließ* stelle stellen "
        "trage modifi* mettre mettez mets changer changez déplac* corrig* remplac* ferme* renomm* actualiz* cambia "
        "cambiar cambie edita "
        "editar mueve* mover cierr* cerr* corrij* reprogram* aggiorn* sposta* cambiare chiud* rinomin* corregg* "
        "atualiz* altere* alterar "
        "mude mudar feche fechar wijzig* verplaats* zmień* zaktualiz* przenieś* ändra* uppdatera* flytta* "
        "измен* обнов* перенес* перемест* закро* исправ* غيّر* غير حدّث* انقل* बदल* अपडेट*"
    ),
    "create": (
        "create creates creating add adds adding make makes making schedule scheduling write writing draft insert "
        "generat* build set-up "
        "setup set plan arrang* put append record enter register prepar* invit* remind* "
        "erstell* lege leg anlegen plane planen schreib* trage eintrag* einzutrag* verfass* mache cré* ajout* "
        "planifi* écri* rédig* prépar* "
        "inscri* crea crear créer creare añad* agreg* programa programar escrib* redact* agenda agendar aggiung* "
        "scriv* pianific* crie criar "
        "adicion* escrev* agende maak schrijf* utwórz* stwórz* napisz* dodaj* skapa* skriv* lägg "
        "создай* создать добав* напиш* заплан* состав* أنشئ* اكتب* أضف* बना* लिख*"
    ),
    "run": (
        "run runs running execut* install* start launch restart* stop kill build test compil* debug invok* trigger "
        "perform setup "
        "führe ausführ* auszuführ* install* starte baue exécut* lance lancer démarr* ejecut* instal* inicia* "
        "lanza* esegu* avvi* lanci* "
        "voer draai* uruchom* zainstaluj* kör запуст* установ* выполн* شغّل* نفّذ* ثبت चला* इंस्टॉल*"
    ),
    "read": (
        "read open visit browse click show list find search look what what's which who whom whose when where why how is are am do does did "
        "has have can plot chart visualize graph outline say list rank proofread identify calculate recap brief catch evaluate assess estimate diagnose investigate "
        "score grade interpret study name classify determine measure count "
        "summar* overview check tell compar* explain* describ* display fetch get count view analyz* analys* "
        "translat* review give anything "
        "lies zeig* suche finde was welch* wer wann wo warum wie fass zusammenfass* zusammen prüf* erklär* "
        "vergleich* übersetz* gib "
        "lis montre* cherch* trouve* quel* que quoi quand où pourquoi comment résum* expli* vérif* compar* traduis* "
        "lee muestr* busca* encuentr* qué cuál* cuándo dónde quién resum* cuánt* explic* dime leggi* mostra* "
        "cerca* trova* cosa quali qual* "
        "quando dove chi riassum* quant* spiega* dimmi leia mostr* encontr* lees toon zoek* wat welke przeczytaj podsumuj* streść* "
        "pokaż* znajdź* co jak "
        "läs* visa* hitta* vad vilk* покаж* прочит* найд* что какие какой кто когда где сколько объясн* кратк* "
        "اقرأ* اعرض* ابحث* ما ماذا كم "
        "لخص* पढ़* दिखा* खोज* क्या बता* सारांश*"
    ),
}
"""Words by act. One word may stand in several; what is doubtful counts for each of them."""

_WHOLE: Final = {
    "send": "发送 发给 寄 转发 回复 答复 通知 告知 提交 上传 寄送 送信 送って 送る 転送 返信 返事 返答 知らせ 連絡 提出 보내 전송 전달 답장 알려",
    "pay": "支付 付款 转账 汇款 退款 打款 缴费 払って 支払 振り込 送金 返金 지불 송금 결제 환불",
    "buy": "购买 买 订购 预订 下单 购入 購入 買って 予約 注文 구매 예약 주문",
    "delete": "删除 取消 清空 移除 清除 注销 削除 消して 取り消 キャンセル 삭제 취소 제거",
    "grant": "共享 分享 邀请 授权 添加 加入 权限 密码 共有 招待 追加 許可 権限 パスワード 공유 초대 추가 권한",
    "publish": "发布 发表 公布 张贴 投稿 公開 게시 발행",
    "change": "修改 更改 更新 编辑 设置 改为 移动 关闭 变更 変更 更新 編集 移動 設定 修正 閉じ 변경 수정 업데이트 이동 닫",
    "create": "创建 新建 安排 写 添加 起草 记录 制定 作成 作って 追加 書いて 登録 入れて 만들 작성 추가 등록",
    "run": "运行 执行 安装 启动 重启 実行 起動 インストール 실행 설치 시작",
    "read": "什么 哪 谁 总结 查看 显示 查找 告诉 打开 阅读 搜索 怎么 如何 吗 多少 何 教えて 読んで 見せて 要約 まとめ 探して どの いつ 誰 ですか 무엇 어떤 요약 보여 찾아 읽어",
}

_MARKERS: Final = phrases(
    "please|kindly|could you|would you|can you|could somebody|could someone|can somebody|can someone|whoever|"
    "i'd appreciate|would be great if|would help|help if|if you could|if you would|would be nice|would be good|would be kind|would love|be so kind|make sure|you must|you need to|you have to|you should|must be|"
    "must first|need to|needs to|has to|have to|should be|asked to|asks that|ask that|asks you|are requested|"
    "is requested|is required|requires you|requires that|we recommend|i recommend|recommend|recommends|recommended|remember to|"
    "don't forget|do not forget|it is important|feel free|be sure to|going forward|from now on|before you|"
    "in order to|while you are at it|instructions|instruction|first |task:|todo|action required|should |"
    "invited to|urged to|expected to|supposed to|advised to|wants you to|would like you to|like you to|"
    "appreciated|grateful|we'd be glad|be glad if|necessary to|let's |then |bitte|wird gebeten|werden gebeten|"
    "müssen sie|sie müssen|sollten|könnten sie|könntest du|wäre nett|vergessen sie nicht|unbedingt|merci de|"
    "s'il vous plaît|s'il te plaît|veuillez|il faut|pourriez-vous|pouvez-vous|vous devez|prière de|n'oubliez pas|"
    "por favor|debe|tiene que|podría|hay que|necesito que|se ruega|no olvide|deberá|per favore|per cortesia|"
    "per piacere|cortesemente|devi|dovete|potresti|potrebbe|si prega|bisogna|ricordati|por gentileza|você deve|"
    "precisa|poderia|é preciso|não esqueça|alsjeblieft|alstublieft|gelieve|graag|moet|kunt u|proszę|należy|"
    "musisz|czy możesz|snälla|vänligen|måste|kan du|пожалуйста|прошу|просьба|нужно|необходимо|должны|следует|"
    "не забудь|من فضلك|رجاء|يرجى|يجب|الرجاء|कृपया|ज़रूर|चाहिए|请|務必|务必|麻烦|需要|必须|应当|烦请|ください|下さい|お願い|必ず|してほしい|してね|"
    "해 주세요|해주세요|주세요|부탁|바랍니다|하십시오"
)

_ADDRESSEES: Final = phrases(
    "assistant|assistants|llms|language models|chatbots|ai models|copilots|ai agent|ai agents|ai model|language model|llm|chatbot|the agent|agents that|the bot|bots that|"
    "ai system|ai tool|ai:|gpt|claude|copilot|gemini|automation:|automated agent|to the model|note to ai|"
    "ai assistants|ki-assistent|assistent|der agent|l'assistant|agent ia|asistente|agente|assistente|ассистент|"
    "помощник|модель|助手|人工智能|智能体|アシスタント|エージェント|어시스턴트|المساعد|सहायक"
)

_OVERRIDES: Final = phrases(
    "ignore the|ignore all|ignore any|ignore what|ignore all previous|ignore previous|ignore the previous|ignore all prior|ignore prior|"
    "ignore your instructions|ignore the above|disregard all|disregard previous|disregard the|disregard your|"
    "forget all|forget your|forget previous|forget everything|override your|new instructions|new task|"
    "updated instructions|system notice|system message|system override|system prompt|system:|<system>|[system]|"
    "<important>|important!!|[inst]|im_start|do not mention|don't mention|do not tell|don't tell|without telling|"
    "without informing|keep this secret|keep it secret|confidential instruction|without asking|no need to ask|"
    "do not ask|before you answer|before answering|before explaining|otherwise the answer|end of ticket|"
    "end of document|end of email|end of tool|real task|your actual task|your next task|vergiss alle|"
    "ignoriere alle|ignoriere die|ignorez les|oubliez les|ignora las|ignora todas|ignora le|ignora tutte|"
    "ignore as instruções|neue anweisung|nouvelle instruction|nueva instrucción|nuova istruzione|игнорируй|"
    "забудь|новая задача|忽略|无视|新的指令|新指令|無視して|新しい指示|이전 지시|무시하고|تجاهل|अनदेखा"
)

_DELEGATIONS: Final = phrases(
    "says how|says to|like the |according to|as its |describes|as the |per the |runbook|playbook|point to|points to|links to|linked|agreed|"
    "fix issue|fix bug|fix ticket|fix #|address the|address issue|address #|implement issue|implement ticket|implement #|implement the issue|implement the ticket|implement the spec|apply the|apply all|walk through the|"
    " lists.| lists |is listed|named there|named in|requested in|listed in|described|following|as in the|as in their|as told|laut |nach unserer|nach der |nach dem |wie im |gemäß|según|conforme|d'après|selon |comme dans|secondo |volgens|zgodnie|согласно|どおり|通りに|に従|按照|根据|依照|are listed|asks for|asked for|asking for|whatever|take care of|handle|deal with|work through|work on|work off|follow the|follow its|follow up|do what|"
    "do everything|do all|carry out|as described|as the readme|as it says|as told in|as asked|as requested|"
    "the steps|instructions in|instructions from|says in|go through the list|to-do|todo|resolve|process the|"
    "process all|complete the|finish the|execute the|see to|attend to|act on|kümmer|erledig|arbeite|befolg|"
    "wie beschrieben|wie in|abarbeit|occupe-toi|occupez-vous|traite|suis les|comme indiqué|encárgate|ocúpate|"
    "sigue las|haz lo que|como dice|atiende|occupati|segui le|esegui|come indicato|trate d|siga as|faça o que|"
    "resolva|regel|volg de|zajmij się|wykonaj|займись|разберись|выполни|следуй|сделай|처리|따라|处理|照做|按照|执行|完成|対応して|"
    "従って|処理して|تعامل مع|نفذ|संभाल"
)

_DETERMINERS: Final = listed(
    "the my an a this that last latest your our his her their its of new standing each every any no unread recent all from in"
)
_NOUNS: Final = listed(
    "rent mail mails email emails e-mail message messages text book books order orders post posts share shares "
    "transfer transfers report reports answer reply request requests charge charges pass plan plans note notes "
    "record records log label mark set password passwords access role permission permissions payments payment "
    "register hand call run runs test tests build builds contact contacts command commands change changes "
    "deposit release releases commit commits review view fix export exports update updates register reservation "
    "reservations booking bookings invitation invitations deliverable delivery deliveries purchases test copy cc "
    "edit sync writing building ordering"
)


_DENIALS: Final = phrases(
    " don't | do not | dont | never | without | nicht | keine | sans | no cambies | no borres | no envíes | non | ne | zonder | не "
)
_SPACED: Final = str.maketrans({"’": "'", "\n": " ", "\t": " "})
_CLAUSES: Final = (".", ",", ";", "!", "?", " - ", " but ", " just ", " only ", " sondern ", " mais ")
_JOINING: Final = listed("so that because since as and but then when damit weil denn und")
_FIRST_PERSON: Final = listed("i i'll i've i'm ich we we'll we've")
_WISHING: Final = listed(
    "want need like you please i'd we'd must möchte will brauche bitte du sie möchten wollen brauchen hätte let wish lost asked"
)
_OPENED: Final = listed(
    "page site website mail email message document doc file sheet ticket issue note folder link article inbox"
)
_OPENERS: Final = listed("also now then just and next please simply first finally always")
_NEVER: Final = frozenset(["mails", "emails", "messages", "contacts"])
_SENTENCE: Final = (". ", "? ", "! ", "?", "。", "？")
_QUESTIONS: Final = listed(
    "what what's which who whom whose when where why how did does do has have had is are was were am "
    "was worum womit wovon wieviel wieviele wer wann wo warum wie welche welcher welches hat haben ist sind qui que quel quelle quels quelles quand où pourquoi comment est "
    "qué quién quiénes cuál cuáles cuándo dónde cómo cuánto ha han che chi quale quali quando dove come perché o qual quem onde como wat wie "
    "welke wanneer waar что кто когда где какой какая какие сколько co kto kiedy gdzie vad vem när var"
)
_EMBEDDED: Final = (" what ", " how ", " why ", " whether ", " which ", " who ", " where ", " when ")
_GIVING: Final = listed("give get gib geef donne donnez dame da dai")
_LINKS: Final = (" and ", " then ", " und ", " et ", " y ", " och ", " и ")
_FILLERS: Final = listed(
    "please bitte hi hello hey ok also just now then so can could would will you kannst können du sie pouvez-vous"
)
_ABOUT: Final = listed(
    "a à um zu für pour por para de da di she he it they there the this that these those his her their its our my your a an in on at from for of to with by about as if "
    "because since they're it's er es der die das ein eine il elle le la les un une el los las lo gli i' 's"
)
_PASSIVE: Final = listed("been was were is are be being got gets")
_REPORTING: Final = listed(
    "tell tells inform informs notify text message write email mail send give sage sag schreib schreibe schick schicke erzähl "
    "envoie écris dis envía manda mándame escribe di invia mandami scrivi stuur schrijf"
)
_TO_ME: Final = listed("me us mir uns moi nous mi ci mij ons")


def _table() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    exact: dict[str, set[str]] = {}
    stems: dict[str, set[str]] = {}
    for act, words in _WORDS.items():
        for word in words.split():
            (stems if word.endswith("*") else exact).setdefault(word.rstrip("*"), set()).add(act)
    return {k: frozenset(v) for k, v in exact.items()}, {k: frozenset(v) for k, v in stems.items()}


_EXACT, _STEMS = _table()
_SHORTEST: Final = min(len(each) for each in _STEMS)
_LONGEST: Final = max(len(each) for each in _STEMS)
_PARTS: Final = tuple((each, act) for act, words in _WHOLE.items() for each in words.split())
_NOTHING: Final[frozenset[str]] = frozenset()
_READ: Final = frozenset({"read"})
_ASCII: Final = "".join(map(chr, range(128)))
_SEPARATORS: Final = str.maketrans(_ASCII, _ASCII) | str.maketrans(
    dict.fromkeys('\t\r\n.,;:!?()[]{}<>"“”„«»*|/\\=#&%+~`^…。，、；：！？（）「」『』【】', " ")
)


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, punctuation left out."""
    return parted(text.lower()).split()


def parted(low: str) -> str:
    """A text in lower case with spaces for punctuation, sign for sign: what stands where stays there."""
    return low.translate(_SEPARATORS).replace("’", "'")


@lru_cache(maxsize=16_384)
def acts_of(word: str) -> frozenset[str]:
    """The acts that one word (lower case) may stand for."""
    found = _EXACT.get(word, _NOTHING)
    for length in range(_SHORTEST, min(len(word), _LONGEST) + 1):
        more = _STEMS.get(word[:length])
        if more is not None:
            found = found | more
    return found


def acts_in(text: str, *, asking: bool = False) -> frozenset[str]:
    """Every act that a text speaks of. A noun after an article (``the order``, ``my mail``) is none.

    ``asking``: of a person's words. Then what was done by others (``has it been paid?``) is none either.
    """
    found = set(_parts(text))
    for sentence in _asked(text) if asking else (text,):
        found |= _spoken(sentence, asking=asking)
    return frozenset(found)


def _asked(text: str) -> Iterator[str]:
    """The sentences of a person, questions without what they ask about: ``what did she send, and delete it`` asks to delete."""
    for mark in _SENTENCE:
        text = text.replace(mark, "\n")
    for line in text.splitlines():
        if _is_told(line):
            continue
        first = line.lower().replace("¿", "").split(maxsplit=1)[:1]
        if first and first[0] in _QUESTIONS:
            _, link, rest = line.partition(" and ")
            yield f"{first[0]} "
            line = rest if link else ""
        elif first and "read" in acts_of(first[0].strip(",")):  # ``summarize what it changes``
            starts = [start for word in _EMBEDDED if (start := line.lower().find(word)) >= 0]
            if starts:
                _, link, rest = line[min(starts) :].partition(" and ")
                yield line[: min(starts)]
                line = rest if link else ""
        yield line


def reading(text: str) -> bool | None:
    """Whether words of a person ask to be told something, and for nothing else: each clause is a question, or begins with such a
    verb. None where they ask for nothing.

    A clause that begins otherwise may ask for anything, so the answer is no; words about things (``she mailed me``) do not count.
    """
    found: bool | None = None
    for mark in (*_SENTENCE, "; ", ", ", *_LINKS):
        text = text.replace(mark, "\n")
    for line in text.splitlines():
        if _is_told(line):
            continue
        parts = _parts(line)
        words = [each for each in words_of(line.replace("¿", "").replace("¡", "")) if each not in _FILLERS]
        if not words:
            continue
        first = words[0]
        if first in _GIVING and not set(words[1:2]) & _TO_ME:  # to somebody else: an act
            return False
        if parts:
            if parts != {"read"}:
                return False
            found = True
        elif words[:2] == ["do", "what"] or (first == "open" and not _opens_text(words, line)):
            return False
        elif first in _QUESTIONS or "read" in acts_of(first) or (first in _ABOUT and words[1:2] and words[1] in _QUESTIONS):
            found = True
        elif first not in _ABOUT:
            return False
    return found


def _opens_text(words: list[str], clause: str) -> bool:
    """Whether what is to be opened is a text, and no door or firewall."""
    return bool(_OPENED.intersection(words[1:4])) or any(
        sign in word.rstrip(".") for word in clause.split()[1:4] for sign in "./"
    )


def _is_told(clause: str) -> bool:
    """Whether a clause of a person says what that person does, and asks for nothing (``I decide who is invited``)."""
    words = clause.lower().replace("’", "'").split()[:12]
    while words and words[0] in _JOINING:
        words = words[1:]
    return bool(words) and words[0] in _FIRST_PERSON and _WISHING.isdisjoint(word.strip(",.!") for word in words)


def _spoken(text: str, *, asking: bool) -> set[str]:
    """The acts of one sentence, or of a text."""
    found: set[str] = set()
    before, before_act = "", _NOTHING
    for word in words_of(text):
        if before_act and word in _TO_ME and before in _REPORTING:  # ``tell me``: an answer is asked for, not an act
            found -= before_act - {"read"}
            found.add("read")
        noun = word in _NEVER or (word in _NOUNS and before in _DETERMINERS)
        passive = asking and before in _PASSIVE and (word.endswith("ed") or word in ("paid", "sent", "set"))
        before_act = _NOTHING if noun or passive else acts_of(word) - found
        found |= before_act
        before = word
    return found


def _parts(text: str) -> set[str]:
    return set() if text.isascii() else {act for part, act in _PARTS if part in text}


class Voice:
    """Whom a text turns to, and how. It looks once for what a sentence of it could hold, so that each sentence is quick to ask."""

    def __init__(self, low: str) -> None:
        """``low`` is the whole text in lower case."""
        self._low = low
        self._words = _rough(low)
        self._markers: tuple[str, ...] | None = None
        first = _TURNING.intersection(self._words)
        self._addressees = _present(_ADDRESSEES_BY, first, low)
        self._overrides = _present(_OVERRIDES_BY, first, low)

    @property
    def turns(self) -> bool:
        """Whether anything of the text could turn to a model, or claim authority over it."""
        return bool(self._addressees or self._overrides)

    @property
    def claims(self) -> bool:
        """Whether anything of it could claim authority."""
        return bool(self._overrides)

    @property
    def manners(self) -> int:
        """In how many manners it could: by its addressee, and by its authority."""
        return bool(self._addressees) + bool(self._overrides)

    @property
    def turning(self) -> tuple[str, ...]:
        """The words with which it could."""
        return self._addressees + self._overrides

    def requests(self, sentence: str) -> bool:
        """Whether a sentence asks somebody for something."""
        if self._markers is None:
            self._markers = _present(_MARKERS_BY, frozenset(self._words), self._low)
        return _any_in(self._markers, sentence)

    def addresses_model(self, sentence: str) -> bool:
        """Whether a sentence turns to an assistant, an agent or a model."""
        return _any_in(self._addressees, sentence)

    def overrides(self, sentence: str) -> bool:
        """Whether a sentence claims authority over earlier instructions, or asks for secrecy."""
        return _any_in(self._overrides, sentence)


def _any_in(markers: tuple[str, ...], sentence: str) -> bool:
    for marker in markers:  # noqa: SIM110 - twice as quick as any()
        if marker in sentence:
            return True
    return False


_By = tuple[dict[str, tuple[str, ...]], tuple[str, ...]]


_UNSPACED: Final = 0x0400  # scripts from here on are written without spaces, bend their words, or join what they ask with others
_COMMON_SIGNS: Final = "оаеиاليमकी的了请是不在有をのにがはでて、。다요주세이가을는"
_ROUGH: Final = bytes.maketrans(b'.,:;!?<>()[]"/*`|', b" " * 17)
_ROUGH_WIDE: Final = ("¿", "“", "„", "«", "’")


def _by_first(markers: Iterable[str]) -> _By:
    """Markers by their first word, and those of scripts that do not set words apart."""
    first: dict[str, tuple[str, ...]] = {}
    others: list[str] = []
    for marker in markers:
        words = words_of(marker)
        if words and ord(max(marker)) < _UNSPACED:
            first[words[0]] = (*first.get(words[0], ()), marker)
        else:
            others.append(marker)
    return first, tuple(others)


def _rough(low: str) -> list[str]:
    """The words of a text, near enough to look for the first words of markers."""
    if not low.isascii():
        for mark in _ROUGH_WIDE:
            low = low.replace(mark, " ")
    return low.encode("utf-8", "surrogatepass").translate(_ROUGH).decode("utf-8", "surrogatepass").split()


def _present(by: _By, words: frozenset[str], low: str) -> tuple[str, ...]:
    """The markers that a text holds; ``words`` are those of it that may begin one."""
    first, others = by
    found = [marker for word in first.keys() & words for marker in first[word] if marker in low]
    if not low.isascii() and any(sign in low for sign in _COMMON_SIGNS):
        found += [marker for marker in others if marker in low]
    return tuple(found)


def denials(text: str) -> tuple[str, str]:
    """A person's words without what they ask not to be done, and that (``don't change it, just list the typos``)."""
    low = text.lower().translate(_SPACED)
    if len(low) != len(text) or not any(mark in f" {low}" for mark in _DENIALS):
        return text, ""
    low = f" {low}"
    text = f" {text}"
    said: list[str] = []
    denied: list[str] = []
    at = 0
    while at < len(low):
        starts = [start for mark in _DENIALS if (start := low.find(mark, at)) >= 0]
        if not starts:
            break
        start = min(starts)
        ends = [end for mark in _CLAUSES if (end := low.find(mark, start + 3)) >= 0]
        end = min(ends, default=len(low))
        said.append(text[at:start])
        denied.append(text[start:end])
        at = end
    said.append(text[at:])
    return "".join(said), "\n".join(denied)


def delegates(text: str) -> bool:
    """Whether a person's words (lower case) leave to a text what is to be done."""
    return any(marker in text for marker in _DELEGATIONS)


def imperative(clause: str) -> frozenset[str]:
    """The acts that a clause orders with one of its first words; empty for one that does not begin like an order.

    ``clause`` is in lower case, and ``parted``.
    """
    first = clause[:80].split(None, 4)[:4]
    if not first:
        return _NOTHING
    if first[0] in _OPENERS:
        first = first[1:]
    if len(first) < 2 or first[0].endswith(("ing", "ed", "es")) or (first[0] in _NOUNS and len(first) < 3):
        return _NOTHING
    return acts_of(first[0]) - _READ


_MARKERS_BY: Final = _by_first(_MARKERS)
_ADDRESSEES_BY: Final = _by_first(_ADDRESSEES)
_OVERRIDES_BY: Final = _by_first(_OVERRIDES)
_TURNING: Final = frozenset([*_ADDRESSEES_BY[0], *_OVERRIDES_BY[0]])
