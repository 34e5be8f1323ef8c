// SPDX-License-Identifier: Apache-2.0
// Private: how files of an authority become durable.
#pragma once

namespace heliograph::pki {

/// Whether an authority has its name already: what is written in a folder that is being built
/// becomes durable with the folder.
enum class FolderStage { in_place, being_built };

}  // namespace heliograph::pki
