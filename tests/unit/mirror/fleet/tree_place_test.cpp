// SPDX-License-Identifier: Apache-2.0
#include <mirror/fleet/tree_place.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::mirror {
namespace {

const std::string hex(64, 'a');
const std::string folder = "packages/aa/aa/" + hex.substr(4) + "/";

TEST(TreePlace, KnowsTheDocumentsOfTheFormat) {
    for (const std::string& place :
         {std::string(".heliograph-export"),
          std::string("simple/index.html"),
          std::string("simple/my-demo/index.json"),
          std::string("serversig/demo"),
          std::string("serversig/demo.json"),
          "serversig/demo." + hex,
          "serversig/demo.json." + hex,
          std::string("left-out/demo.json"),
          std::string("changelog/since-0.json"),
          std::string("serverkey"),
          std::string("serverkey.crt"),
          std::string("serverkey.crl"),
          std::string("mirrors.json"),
          std::string("mirrors.json.sig"),
          std::string("last-modified")}) {
        EXPECT_EQ(tree_place_of(place), TreePlace::document) << place;
    }
}

TEST(TreePlace, KnowsWherePagesPromiseFiles) {
    for (const std::string& place :
         {folder + "demo-1.0.tar.gz",
          folder + "demo-1.0.tar.gz.metadata",
          std::string("integrity/demo/1.0/demo-1.0.tar.gz/provenance")}) {
        EXPECT_EQ(tree_place_of(place), TreePlace::promised) << place;
    }
}

TEST(TreePlace, TakesNothingElseForTheFormat) {
    for (const std::string& place :
         {std::string("robots.txt"),
          std::string("simple/Demo/index.html"),
          std::string("simple/demo/index.html.gz"),
          std::string("simple/demo/sub/index.html"),
          std::string("simple/demo/demo-1.0.tar.gz"),
          std::string("serversig/demo.html"),
          std::string("changelog/since-.json"),
          std::string("changelog/since-1x.json"),
          std::string("left-out/Demo.json"),
          std::string("packages/stray"),
          folder + "demo-1.0.tar.gz.asc",
          folder + "notes.txt",
          std::string("integrity/other/1.0/demo-1.0.tar.gz/provenance"),
          std::string("integrity/demo/2.0/demo-1.0.tar.gz/provenance"),
          std::string(".well-known/acme-challenge/x"),
          std::string()}) {
        EXPECT_EQ(tree_place_of(place), TreePlace::foreign) << place;
    }
}

TEST(TreePlace, NamesTheListOfFilesLeftOut) {
    EXPECT_EQ(left_out_place(verify::parse_normalised_name("demo").value()), "left-out/demo.json");
}

}  // namespace
}  // namespace heliograph::mirror
