/* SPDX-License-Identifier: MIT */
#include "encoding.h"

static CodecSetup codec_setup(const ImageSpec *image)
{
    return (CodecSetup){.layout = &image->layout,
                        .level = image->level,
                        .custom = image->codec_custom};
}

static CodecSetup filter_setup(const ImageSpec *image)
{
    return (CodecSetup){.layout = &image->layout,
                        .custom = image->filter_custom};
}

bool encoding_open(EncodingState *encoding, const ImageSpec *image)
{
    encoding->image = image;
    encoding->codec = codec_setup(image);
    encoding->filter = filter_setup(image);
    encoding->codec_state = image->codec->open(&encoding->codec);
    if (image->filter != NULL)
        encoding->filter_state = image->filter->open(&encoding->filter);
    const Decoder *decoder = encoding_decoder(image);
    if (decoder != NULL)
        encoding->decoder_state = decoder->open(&encoding->codec);
    return encoding->codec_state != NULL &&
           (image->filter == NULL || encoding->filter_state != NULL) &&
           (decoder == NULL || encoding->decoder_state != NULL);
}

void encoding_close(EncodingState *encoding)
{
    if (encoding->codec_state != NULL)
        encoding->image->codec->close(encoding->codec_state);
    if (encoding->filter_state != NULL)
        encoding->image->filter->close(encoding->filter_state);
    if (encoding->decoder_state != NULL)
        encoding->image->codec->decoder->close(encoding->decoder_state);
}

uint64_t encoding_states_nbytes(const ImageSpec *image)
{
    const CodecSetup codec = codec_setup(image);
    const CodecSetup filter = filter_setup(image);
    const Decoder *decoder = encoding_decoder(image);
    return image->codec->state_nbytes(&codec) +
           (image->filter != NULL ? image->filter->state_nbytes(&filter) : 0) +
           (decoder != NULL ? decoder->state_nbytes(&codec) : 0);
}

size_t encoding_bound(const ImageSpec *image)
{
    const CodecSetup setup = codec_setup(image);
    return image->codec->bound(&setup);
}

bool encoding_is_new(const ImageSpec *images, int i)
{
    int first = 0;
    while (images[first].encoding != images[i].encoding)
        first++;
    return first == i;
}
