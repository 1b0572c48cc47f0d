// The whole public interface of Custos.
#pragma once

#include "custos/administration.h"
#include "custos/custodian.h"
#include "custos/home.h"
#include "custos/log.h"
#include "custos/request.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "custos/secret_source.h"
#include "custos/version.h"
