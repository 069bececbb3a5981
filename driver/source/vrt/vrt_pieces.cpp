/* SPDX-License-Identifier: MIT */
#include "vrt_pieces.hpp"

#include "config.h"
#include "guard.hpp"
#include "guarded.h"
#include "silence.hpp"

#include <memory>
#include <new>

using vrt_access::SourceView;

namespace
{

/** Opens the file of a source that waits to be opened. */
void open_late(const VrtPieces &pieces, VRTSimpleSource &source,
               const SourceView &view, VrtBottom &bottom)
{
    const char *name = vrt_access::name_of(source).c_str();
    ConfigChange change;
    const bool in_crowd = crowded_folder_has(&pieces.folder, name);
    if (in_crowd)
        config_begin(&change, "GDAL_DISABLE_READDIR_ON_OPEN", "YES");
    bottom.own = guarded_open(name, 0, nullptr,
                              vrt_access::open_options_of(source), nullptr);
    if (in_crowd)
        config_end(&change);
    if (bottom.own != nullptr && view.band >= 1 &&
        view.band <= GDALGetRasterCount(bottom.own) && !view.is_mask) {
        bottom.dataset = bottom.own;
        bottom.band = GDALGetRasterBand(bottom.own, view.band);
    }
}

/** @return whether no sample of a band, which may have fewer bits, is clipped
 */
bool fits(GDALRasterBandH band, int most)
{
    const char *nbits = GDALGetMetadataItem(band, "NBITS", "IMAGE_STRUCTURE");
    return most == 0 || (nbits != nullptr && atoi(nbits) > 0 &&
                         atoi(nbits) < 31 && (1 << atoi(nbits)) - 1 <= most);
}

bool open_piece(const VrtPieces &pieces, const VrtPiece &piece,
                VrtBottom &bottom)
{
    bottom = {GDALDataset::ToHandle(pieces.dataset),
              GDALRasterBand::ToHandle(pieces.band), piece.x, piece.y, nullptr};
    if (piece.source == nullptr)
        return true;
    bottom.band = nullptr;
    if (!vrt_access::is_open(*piece.source)) {
        open_late(pieces, *piece.source, vrt_access::view_source(*piece.source),
                  bottom);
    } else {
        bottom.dataset =
            GDALDataset::ToHandle(vrt_access::dataset_of(*piece.source));
        bottom.band =
            GDALRasterBand::ToHandle(vrt_access::band_of(*piece.source));
    }
    if (bottom.band == nullptr || bottom.dataset == nullptr)
        return false;
    const GDALRasterBandH band = bottom.band;
    return GDALGetRasterDataType(band) == pieces.type &&
           fits(band, vrt_access::most_of(*piece.source)) &&
           piece.left + piece.x >= 0 && piece.top + piece.y >= 0 &&
           piece.right + piece.x <= GDALGetRasterBandXSize(band) &&
           piece.bottom + piece.y <= GDALGetRasterBandYSize(band);
}

bool is_same_place(const VrtPiece &a, const VrtPiece &b)
{
    return a.x == b.x && a.y == b.y && a.left == b.left && a.top == b.top &&
           a.right == b.right && a.bottom == b.bottom;
}

/** @return whether two sources are bands of one file, with those numbers */
bool are_bands(VRTSimpleSource &first, VRTSimpleSource &other, int number)
{
    const SourceView a = vrt_access::view_source(first);
    const SourceView b = vrt_access::view_source(other);
    if (a.is_mask || b.is_mask || a.band != 1 || b.band != number)
        return false;
    return vrt_access::is_open(first) && vrt_access::is_open(other)
               ? vrt_access::dataset_of(first) ==
                         vrt_access::dataset_of(other) ||
                     vrt_access::is_same_file(first, other)
               : vrt_access::is_same_file(first, other);
}

} // namespace

VrtPieces::~VrtPieces()
{
    tile_cover_free(&cover);
    crowded_folder_clear(&folder);
    for (const VrtInner &one : held)
        vrt_access::let_go_underlying(one.proxy, one.underlying);
}

extern "C" VrtPieces *vrt_pieces_new(GDALDatasetH dataset, GDALRasterBandH band,
                                     const Layout *layout, Status *status)
{
    const Silence silence;
    try {
        std::unique_ptr<VrtPieces> found(new VrtPieces);
        found->dataset = GDALDataset::FromHandle(dataset);
        found->band = GDALRasterBand::FromHandle(band);
        found->type = found->band->GetRasterDataType();
        return (layout == nullptr ||
                tile_cover_init(&found->cover, layout, status)) &&
                       vrt_pieces_walk(*found)
                   ? found.release()
                   : nullptr;
    } catch (const std::bad_alloc &) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return nullptr;
    }
}

extern "C" void vrt_pieces_free(VrtPieces *pieces)
{
    delete pieces;
}

extern "C" int vrt_pieces_count(const VrtPieces *pieces)
{
    return static_cast<int>(pieces->pieces.size());
}

extern "C" int32_t *vrt_pieces_shown(VrtPieces *pieces)
{
    return pieces->cover.shown;
}

extern "C" Window vrt_pieces_at(const VrtPieces *pieces, int piece)
{
    const VrtPiece &one = pieces->pieces[static_cast<size_t>(piece)];
    return {one.left, one.top, one.right - one.left, one.bottom - one.top};
}

extern "C" bool vrt_pieces_open(const VrtPieces *pieces, int piece,
                                VrtBottom *bottom, Status *status)
{
    const Silence silence;
    *bottom = {};
    try {
        return open_piece(*pieces, pieces->pieces[static_cast<size_t>(piece)],
                          *bottom);
    } catch (const std::bad_alloc &) {
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    }
}

extern "C" void vrt_pieces_close(VrtBottom *bottom)
{
    if (bottom->own != nullptr)
        GDALClose(bottom->own);
    bottom->own = nullptr;
}

extern "C" bool vrt_pieces_alike(const VrtPieces *first, const VrtPieces *other,
                                 int piece, int number)
{
    const auto i = static_cast<size_t>(piece);
    const Silence silence;
    return guard(false, [&] {
        if (i >= first->pieces.size() || i >= other->pieces.size())
            return false;
        const VrtPiece &a = first->pieces[i], &b = other->pieces[i];
        if (a.source == nullptr || b.source == nullptr)
            return a.source == b.source && other->dataset == first->dataset &&
                   other->band->GetBand() == number;
        return is_same_place(a, b) && are_bands(*a.source, *b.source, number);
    });
}
