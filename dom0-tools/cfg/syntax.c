/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lexer and recursive-descent parser of the xl.cfg grammar. Invariant: every byte of the source is
 * either consumed by exactly one token or named in the error.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cfg/syntax.h"

enum token {
    TOKEN_END,
    TOKEN_NEWLINE,
    TOKEN_SEMICOLON,
    TOKEN_IDENT,
    TOKEN_ATOM, /* string, number, or bare word where allowed */
    TOKEN_ASSIGN,
    TOKEN_ADD,
    TOKEN_COMMA,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_BAD, /* an error is recorded */
};

struct parser {
    const char *at, *end;
    struct cfg_place place; /* of the current token */
    unsigned int line;
    bool bare_words;
    bool want_value; /* the next token begins a value */
    struct cfg_diag *diag;
    enum token token;
    char *text; /* of an IDENT or ATOM; owned */
};

static enum token bad(struct parser *p, const char *what)
{
    cfg_fail(p->diag, p->place, NULL, "%s", what);
    return TOKEN_BAD;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Decodes what follows a backslash at p->at; -1 if it is no escape. NUL is refused: no value may
 * hold one. */
static int escape(struct parser *p, const char *limit)
{
    static const char letters[] = "abfnrtv\\'\"";
    static const char codes[] = "\a\b\f\n\r\t\v\\'\"";
    const char *letter;
    int value = 0;

    if (p->at == limit)
        return -1;
    letter = *p->at ? strchr(letters, *p->at) : NULL;
    if (letter) {
        p->at++;
        return (unsigned char)codes[letter - letters];
    }
    if (*p->at == 'x') {
        if (limit - p->at < 3 || hex_digit(p->at[1]) < 0 || hex_digit(p->at[2]) < 0)
            return -1;
        value = hex_digit(p->at[1]) * 16 + hex_digit(p->at[2]);
        p->at += 3;
    } else {
        for (int n = 0; n < 3 && p->at < limit && *p->at >= '0' && *p->at <= '7'; n++)
            value = value * 8 + (*p->at++ - '0');
    }
    return value > 0 && value < 256 ? value : -1;
}

/* End of the string whose opening quote is at p->at, i.e. its closing quote; NULL if it does not
 * close. */
static const char *closing_quote(const struct parser *p)
{
    char quote = *p->at;

    for (const char *c = p->at + 1; c < p->end && *c != '\n'; c++) {
        if (*c == '\\' && c + 1 < p->end && c[1] != '\n')
            c++;
        else if (*c == quote)
            return c;
    }
    return NULL;
}

static enum token lex_string(struct parser *p)
{
    const char *close = closing_quote(p);
    char *out;

    if (!close)
        return bad(p, "string is not closed on its line");
    p->text = out = cfg_alloc(close - p->at + 1);
    p->at++;
    while (p->at < close) {
        int c = (unsigned char)*p->at++;

        if (c == '\\') {
            c = escape(p, close);
            if (c < 0)
                return bad(p, "unknown escape after a backslash in a string");
        }
        *out++ = c;
    }
    p->at = close + 1;
    return TOKEN_ATOM;
}

static enum token lex_while(struct parser *p, const char *also, enum token token)
{
    const char *start = p->at;

    while (p->at < p->end && *p->at && (isalnum((unsigned char)*p->at) || strchr(also, *p->at)))
        p->at++;
    p->text = cfg_strndup(start, p->at - start);
    return token;
}

static enum token lex_bare(struct parser *p)
{
    const char *start = p->at;

    while (p->at < p->end && *p->at != ';' && *p->at != '\n')
        p->at++;
    p->text = cfg_strndup(start, p->at - start);
    return TOKEN_ATOM;
}

static void skip_blank(struct parser *p)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\t' || *p->at == '\r'))
        p->at++;
    if (p->at < p->end && *p->at == '#')
        while (p->at < p->end && *p->at != '\n')
            p->at++;
}

static enum token lex_punctuation(struct parser *p)
{
    char c = *p->at++;

    switch (c) {
    case '\n':
        p->line++;
        return TOKEN_NEWLINE;
    case ';':
        return TOKEN_SEMICOLON;
    case ',':
        return TOKEN_COMMA;
    case '[':
        return TOKEN_OPEN;
    case ']':
        return TOKEN_CLOSE;
    case '=':
        return TOKEN_ASSIGN;
    case '+':
        if (p->at < p->end && *p->at == '=') {
            p->at++;
            return TOKEN_ADD;
        }
        break;
    default:
        break;
    }
    if (isprint((unsigned char)c))
        cfg_fail(p->diag, p->place, NULL,
                 "unexpected character '%c' (strings need quotes; this is not Python)", c);
    else
        cfg_fail(p->diag, p->place, NULL, "unexpected byte 0x%02x", (unsigned char)c);
    return TOKEN_BAD;
}

static void next(struct parser *p)
{
    free(p->text);
    p->text = NULL;
    skip_blank(p);
    p->place.line = p->line;
    if (p->at == p->end)
        p->token = TOKEN_END;
    else if (*p->at == '"' || *p->at == '\'')
        p->token = lex_string(p);
    else if (p->want_value && p->bare_words && !strchr("[];,=\n", *p->at))
        p->token = lex_bare(p);
    else if (isdigit((unsigned char)*p->at))
        p->token = lex_while(p, "", TOKEN_ATOM);
    else if (isalpha((unsigned char)*p->at) || *p->at == '_')
        p->token = lex_while(p, "._", TOKEN_IDENT);
    else
        p->token = lex_punctuation(p);
}

static const char *token_name(const struct parser *p)
{
    switch (p->token) {
    case TOKEN_END:
        return "end of file";
    case TOKEN_NEWLINE:
        return "end of line";
    case TOKEN_SEMICOLON:
        return "';'";
    case TOKEN_IDENT:
        return "a word without quotes";
    case TOKEN_ATOM:
        return "a value";
    case TOKEN_ASSIGN:
        return "'='";
    case TOKEN_ADD:
        return "'+='";
    case TOKEN_COMMA:
        return "','";
    case TOKEN_OPEN:
        return "'['";
    case TOKEN_CLOSE:
        return "']'";
    default:
        return "an error";
    }
}

static int expected(struct parser *p, const char *key, const char *what)
{
    return cfg_fail(p->diag, p->place, key, "expected %s, found %s", what, token_name(p));
}

static void value_free(struct cfg_value *value)
{
    free(value->text);
    for (size_t i = 0; i < value->count; i++)
        value_free(&value->items[i]);
    free(value->items);
    memset(value, 0, sizeof(*value));
}

/* Moves `item` to the end of the list; *item is empty afterwards. */
static void list_append(struct cfg_value *list, struct cfg_value *item)
{
    list->items = cfg_regrow(list->items, list->count + 1, sizeof(*list->items));
    list->items[list->count++] = *item;
    memset(item, 0, sizeof(*item));
}

static void skip_newlines(struct parser *p)
{
    while (p->token == TOKEN_NEWLINE)
        next(p);
}

static int parse_value(struct parser *p, const char *key, struct cfg_value *value,
                       unsigned int depth);

static int parse_list(struct parser *p, const char *key, struct cfg_value *list, unsigned int depth)
{
    list->is_list = true;
    if (depth == CFG_NESTING_MAX)
        return cfg_fail(p->diag, p->place, key, "lists are nested deeper than %d", CFG_NESTING_MAX);
    next(p);
    skip_newlines(p);
    while (p->token != TOKEN_CLOSE) {
        struct cfg_value item = {0};
        int rc = parse_value(p, key, &item, depth + 1);

        list_append(list, &item);
        if (rc)
            return rc;
        skip_newlines(p);
        if (p->token == TOKEN_CLOSE)
            break;
        if (p->token != TOKEN_COMMA)
            return expected(p, key, "',' or ']' in the list");
        next(p);
        skip_newlines(p);
    }
    next(p);
    return 0;
}

static int parse_value(struct parser *p, const char *key, struct cfg_value *value,
                       unsigned int depth)
{
    value->place = p->place;
    if (p->token == TOKEN_ATOM) {
        value->text = p->text;
        p->text = NULL;
        next(p);
        return 0;
    }
    if (p->token == TOKEN_OPEN)
        return parse_list(p, key, value, depth);
    return expected(p, key, "a quoted string, a number or '['");
}

/* Turns a single value into a list that holds it. */
static void make_list(struct cfg_value *value)
{
    struct cfg_value item = *value;

    if (value->is_list)
        return;
    memset(value, 0, sizeof(*value));
    value->is_list = true;
    value->place = item.place;
    list_append(value, &item);
}

/* `old += added`: two texts are joined, in any other case both become one list. */
static void add_value(struct cfg_value *old, struct cfg_value *added)
{
    if (!old->is_list && !added->is_list) {
        char *joined = cfg_printf("%s%s", old->text, added->text);

        free(old->text);
        old->text = joined;
        value_free(added);
        return;
    }
    make_list(old);
    make_list(added);
    for (size_t i = 0; i < added->count; i++)
        list_append(old, &added->items[i]);
    value_free(added);
}

static void store(struct cfg_settings *settings, const char *key, struct cfg_place place,
                  struct cfg_value *value, bool add)
{
    struct cfg_setting *s = (struct cfg_setting *)cfg_setting_find(settings, key);

    if (!s) {
        settings->list = cfg_regrow(settings->list, settings->count + 1, sizeof(*settings->list));
        s = &settings->list[settings->count++];
        *s = (struct cfg_setting){.key = cfg_strdup(key), .value = *value};
    } else if (add) {
        add_value(&s->value, value);
    } else {
        value_free(&s->value);
        s->value = *value;
    }
    s->place = place;
}

static int parse_assignment(struct parser *p, struct cfg_settings *settings)
{
    char *key = p->text;
    struct cfg_place place = p->place;
    struct cfg_value value = {0};
    bool add;
    int rc;

    p->text = NULL;
    next(p);
    add = p->token == TOKEN_ADD;
    if (!add && p->token != TOKEN_ASSIGN) {
        rc = expected(p, key, "'=' or '+='");
        free(key);
        return rc;
    }
    p->want_value = true;
    next(p);
    p->want_value = false;
    rc = parse_value(p, key, &value, 0);
    if (!rc && p->token != TOKEN_NEWLINE && p->token != TOKEN_SEMICOLON && p->token != TOKEN_END)
        rc = expected(p, key, "end of line or ';' after the value");
    if (rc)
        value_free(&value);
    else
        store(settings, key, place, &value, add);
    free(key);
    return rc;
}

int cfg_parse(struct cfg_settings *settings, const char *source, const char *text, size_t length,
              bool bare_words, struct cfg_diag *diag)
{
    struct parser p = {.at = text, .end = text + length, .line = 1, .bare_words = bare_words};
    int rc = 0;

    settings->sources =
        cfg_regrow(settings->sources, settings->source_count + 1, sizeof(*settings->sources));
    p.place.source = settings->sources[settings->source_count++] = cfg_strdup(source);
    p.diag = diag;
    if (length > CFG_TEXT_MAX)
        return cfg_fail(diag, p.place, NULL, "larger than %lu bytes", CFG_TEXT_MAX);
    next(&p);
    while (!rc && p.token != TOKEN_END) {
        if (p.token == TOKEN_NEWLINE || p.token == TOKEN_SEMICOLON)
            next(&p);
        else if (p.token == TOKEN_IDENT)
            rc = parse_assignment(&p, settings);
        else
            rc = expected(&p, NULL, "a key");
    }
    free(p.text);
    return rc;
}

void cfg_settings_free(struct cfg_settings *settings)
{
    for (size_t i = 0; i < settings->count; i++) {
        free(settings->list[i].key);
        value_free(&settings->list[i].value);
    }
    free(settings->list);
    for (size_t i = 0; i < settings->source_count; i++)
        free(settings->sources[i]);
    free(settings->sources);
    memset(settings, 0, sizeof(*settings));
}

const struct cfg_setting *cfg_setting_find(const struct cfg_settings *settings, const char *key)
{
    for (size_t i = 0; i < settings->count; i++)
        if (!strcmp(settings->list[i].key, key))
            return &settings->list[i];
    return NULL;
}
