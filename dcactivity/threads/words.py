"""Words at the head of subjects, in many languages: data for `dcactivity.threads.subjects`.

All are in the form that subjects are compared in: NFKC, lower case, white space as one blank.
To teach another language, add its words here; nothing else has to change.

References
----------
RFC 5256 section 2.1 for ``Re`` and ``Fwd``; the others are what the mail programs of each
language write (https://en.wikipedia.org/wiki/List_of_email_subject_abbreviations), and the
digests those of the catalogues of GNU Mailman 2.1, LISTSERV and the hosted services.
"""

from __future__ import annotations

__all__ = ["DIGEST_PATTERNS", "FORWARD_PREFIXES", "GENERIC_SUBJECTS", "REPLY_PREFIXES"]

REPLY_PREFIXES = tuple(
    (
        "re r res resp rif rép réponse aw antw antwort antwoord sv svar vs vast vastaus odp odg ynt "
        "yanıt vá válasz atb ats bls tl răsp rasp respuesta resposta risposta "
        "απ σχετ на отв ответ відп отг одг رد الرد پاسخ תשובה תגובה "
        "回复 回覆 答复 答覆 返信 답장 회신 답변 ตอบ ตอบกลับ"
    ).split()
)
"""What stands before the colon of an answer."""

FORWARD_PREFIXES = (
    *(
        "fwd fw wg weitergeleitet tr rv rm enc i vb vl doorst pd ilt i̇lt továbbítás továbbítva "
        "trs yml videresendt vidarebefordrat προώθ πρθ пересл переслано пересылка הועבר "
        "转发 轉寄 轉發 転送 전달"
    ).split(),
    "إعادة توجيه",
)
"""What stands before the colon of a message that was passed on.

Words that often begin a topic of their own (``fs:``, ``ct:``, ``pre:``) are left out.
"""

GENERIC_SUBJECTS = frozenset(
    line.strip()
    for line in """
    no subject
    none
    nosubject
    subject
    untitled
    hello
    hello all
    hello everyone
    hi
    hi all
    hi there
    hey
    dear all
    dear colleagues
    greetings
    good morning
    good day
    help
    help me
    please help
    help needed
    need help
    question
    a question
    quick question
    questions
    problem
    request
    test
    testing
    test message
    test mail
    just a test
    this is a test
    ping
    info
    information
    for information
    for your information
    fyi
    news
    newsletter
    update
    updates
    reminder
    important
    urgent
    notice
    announcement
    announcements
    invitation
    introduction
    introductions
    welcome
    thanks
    thank you
    thanks all
    many thanks
    congratulations
    congrats
    sorry
    apologies
    correction
    feedback
    comments
    your message
    your mail
    message
    mail
    email
    e mail
    list
    mailing list
    meeting
    meetings
    next meeting
    call
    next call
    agenda
    minutes
    notes
    report
    document
    documents
    draft
    attachment
    file
    photo
    photos
    link
    happy new year
    merry christmas
    season s greetings
    happy holidays
    out of office
    subscribe
    unsubscribe
    subscription
    remove
    remove me
    please remove me
    please unsubscribe me
    unsubscribe me
    kein betreff
    ohne betreff
    hallo
    hallo zusammen
    guten tag
    frage
    hilfe
    termin
    einladung
    erinnerung
    wichtig
    danke
    protokoll
    tagesordnung
    sans objet
    aucun objet
    pas de sujet
    bonjour
    bonjour à tous
    bonsoir
    salut
    au secours
    aide
    réunion
    rappel
    merci
    compte rendu
    ordre du jour
    sin asunto
    sin tema
    ningún asunto
    hola
    hola a todos
    buenos días
    saludos
    ayuda
    consulta
    pregunta
    reunión
    recordatorio
    gracias
    invitación
    información
    sem assunto
    olá
    ola
    bom dia
    ajuda
    pergunta
    dúvida
    reunião
    convite
    obrigado
    obrigada
    lembrete
    nessun oggetto
    senza oggetto
    ciao
    ciao a tutti
    buongiorno
    aiuto
    domanda
    riunione
    grazie
    geen onderwerp
    vraag
    hulp
    vergadering
    inget ämne
    ingen ämne
    hej
    hej alla
    fråga
    hjälp
    intet emne
    uden emne
    ingen emne
    hei
    ei aihetta
    bez tematu
    brak tematu
    cześć
    dzień dobry
    pytanie
    pomoc
    bez předmětu
    dobrý den
    dotaz
    bez predmeta
    pitanje
    fără subiect
    konu yok
    konusuz
    merhaba
    selam
    soru
    yardım
    без темы
    нет темы
    тема не указана
    привет
    здравствуйте
    вопрос
    помощь
    без теми
    привіт
    питання
    χωρίς θέμα
    بدون موضوع
    بدون عنوان
    السلام عليكم
    مرحبا
    ללא נושא
    שלום
    无主题
    無主題
    你好
    您好
    大家好
    测试
    测试邮件
    件名なし
    無題
    こんにちは
    質問
    テスト
    제목 없음
    안녕하세요
    질문
    테스트
    không có chủ đề
    tanpa subjek
    tidak ada subjek
    halo
    """.splitlines()
    if line.strip()
)
"""Subjects that unlike topics share, without their punctuation: they join nothing."""

DIGEST_PATTERNS = (
    # "Name Digest, Vol 119, Issue 33", "name-digest V1 #23", "Digest Number 42", "#digest 7"
    r"\bdigest\b.*\d",
    # GNU Mailman in other languages: "Name Nachrichtensammlung, Band 119, Eintrag 33"
    r"\b(?:vol|volume|volym|volum|band|bind|tom|tomo|том|nide|kötet|svazek)\b\.? ?\d+ ?, ?[^ \d]+ ?\d+",
    r"\d+ ?巻, ?\d+ ?号",
    # Google Groups
    r"^(?:digest for|abridged summary of) \S+@",
)
"""RE2 patterns of the subjects that digests carry."""
