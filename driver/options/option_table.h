/* SPDX-License-Identifier: MIT */
/** @file
 * The creation options: one table that says all there is to say of each. From
 * it come what GDAL shows (option_list.h), what is refused (option_refuse.h),
 * and the defaults and ranges that values are held against (option_value.h);
 * README's tables are checked against it.
 */
#ifndef ROWBAND_OPTION_TABLE_H
#define ROWBAND_OPTION_TABLE_H

#include <stdbool.h>

/** What a value may be. */
typedef enum OptionType {
    OPTION_BOOL,
    OPTION_INT,
    OPTION_INT_OR_WORD,   /**< a number, or the word that is the default */
    OPTION_INT_OR_CHOICE, /**< a number, or a choice, which means one out of
                               their range */
    OPTION_CHOICE,
    OPTION_COMPRESSION, /**< one of option_list_compressions() */
    OPTION_STRING,
    OPTION_AS_GTIFF, /**< type and values are those of the GTiff driver of the
                          GDAL that runs; not offered where it has none */
    OPTION_AS_COG    /**< likewise of the COG driver; ranges, choices and the
                          default are also here */
} OptionType;

/** Who is given the value. */
typedef enum OptionUser {
    USER_NONE, /**< nobody: the option is known, and refused */
    USER_OURS,
    USER_CODEC, /**< GTiff where it encodes tiles; some we read as well */
    USER_TAGS   /**< GTiff, which makes the tags */
} OptionUser;

/** Values of LAYOUT, as bits. */
enum { WITH_GTIFF = 1, WITH_COG = 2, WITH_BOTH = WITH_GTIFF | WITH_COG };

/** PREDICTOR=YES: 2 for integers, 3 for floating point. */
enum { PREDICTOR_BY_TYPE = -1 };

/** Which overviews there are. */
enum {
    OVERVIEWS_NONE,
    OVERVIEWS_MADE,    /**< those that are made */
    OVERVIEWS_AUTO,    /**< those that there are already, or made */
    OVERVIEWS_EXISTING /**< those that there are already, if any */
};

/** Which statistics there are. */
enum {
    STATISTICS_NO,
    STATISTICS_YES, /**< those of the pixels that are written */
    STATISTICS_AUTO /**< those that there are already */
};

/** Whether tiles that are already what they should become are copied encoded.
 */
enum {
    LOSSLESS_COPY_NO,
    LOSSLESS_COPY_YES, /**< and fails if there are none */
    LOSSLESS_COPY_AUTO /**< unless something is said that they do not obey */
};

/** Which zoom level is taken where the resolution lies between two. */
enum {
    ZOOM_NEAREST,
    ZOOM_LOWER, /**< the one of larger pixels */
    ZOOM_UPPER
};

/** Which values are refused, where the option itself is not. */
typedef enum RefusedValues {
    REFUSED_NONE,
    REFUSED_ON,   /**< what means YES */
    REFUSED_OFF,  /**< what means NO */
    REFUSED_ONE,  /**< OptionEntry.refused_value */
    REFUSED_OTHER /**< those that are none of its choices */
} RefusedValues;

typedef struct OptionChoice {
    const char *name;
    int meaning;         /**< to whoever reads the option */
    const char *same_as; /**< the choice that it is another name of; such names
                              are accepted, and not shown */
} OptionChoice;

typedef struct OptionEntry {
    const char *name;
    OptionType type;
    OptionUser user;
    unsigned layouts;       /**< that it goes with; 0: none */
    const char *by_default; /**< NULL: none, or it depends on other things */
    int least, greatest;    /**< of a number; INT_MAX: no end; both 0: it is
                                 no number, or has another option's range */
    int multiple;           /**< that a number must be of, or 0 */
    const OptionChoice *choices; /**< ends with a name of NULL */
    bool takes_more; /**< values are but some of many: GDAL shall not warn of
                          others where the other driver's list has it do so */
    const char *compress[4]; /**< those it concerns; ends with NULL */
    const char *cog_word;    /**< COG's word for it, with those compressions */
    RefusedValues refused;
    const char *refused_value;
    unsigned refused_with; /**< the layouts where values are refused */
    const char *instead;   /**< ends a refusal: why, or the way around */
    const char *text;      /**< what it does, for users */
} OptionEntry;

/** The table, which ends with a name of NULL. */
extern const OptionEntry option_table[];

/** @param name in any case
 * @return NULL if there is none */
const OptionEntry *option_table_find(const char *name);

/** @return the option that COG's @p word stands for with @p compress, or NULL
 *         if it has no effect there */
const OptionEntry *option_table_of_cog_word(const char *word,
                                            const char *compress);

/** @return whether @p entry has an effect with @p compress */
bool option_concerns(const OptionEntry *entry, const char *compress);

/** @return the choice that @p value names in any case, or NULL */
const OptionChoice *option_find_choice(const OptionEntry *entry,
                                       const char *value);

#endif
